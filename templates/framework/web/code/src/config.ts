/** Where the page finds its API and how people sign in: written at deployment, read when the page opens. */

export interface SignIn {
  /** The issuer: its address with /.well-known/openid-configuration behind it describes it. */
  readonly authority: string;
  readonly clientId: string;
  /** What the page asks for, separated by spaces. */
  readonly scope: string;
  /** For which API, where the provider wants to be told; "" if not. */
  readonly audience: string;
  /** Which of the two tokens the API takes. */
  readonly token: "access" | "id";
  /** Where a session at the provider ends, if that is an address of Cognito's form; "" if not. */
  readonly endSession: string;
}

export interface RuntimeConfig {
  /** The API's address, without a slash at its end. */
  readonly apiUrl: string;
  readonly region: string;
  /** null where nobody has to sign in. */
  readonly signIn: SignIn | null;
}

const FILE = "/runtime-config.json";

let loaded: Promise<RuntimeConfig> | undefined;

/** The configuration, fetched once. Rejects with an Error that says what to do if there is none. */
export function runtimeConfig(): Promise<RuntimeConfig> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<RuntimeConfig> {
  const response = await fetch(FILE, { cache: "no-cache" });
  // Servers of single pages answer the page itself for a file that isn't there.
  const content: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  return parseConfig(content);
}

/** `content` as a configuration. Throws an Error that names what is missing. */
export function parseConfig(content: unknown): RuntimeConfig {
  if (!isRecord(content)) {
    throw new Error(
      `${FILE} is missing or is no JSON: publish the page with what the stack's output RuntimeConfig says.`,
    );
  }
  return {
    apiUrl: text(content, "apiUrl").replace(/\/+$/, ""),
    region: text(content, "region"),
    signIn: isRecord(content["signIn"]) ? signIn(content["signIn"]) : null,
  };
}

function signIn(content: Record<string, unknown>): SignIn {
  return {
    authority: text(content, "authority"),
    clientId: text(content, "clientId"),
    scope: text(content, "scope"),
    audience: text(content, "audience", ""),
    token: content["token"] === "id" ? "id" : "access",
    endSession: text(content, "endSession", ""),
  };
}

function text(content: Record<string, unknown>, name: string, otherwise?: string): string {
  const value = content[name] ?? otherwise;
  if (typeof value !== "string" || (value === "" && otherwise === undefined)) {
    throw new Error(`${FILE} has no ${name}.`);
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
