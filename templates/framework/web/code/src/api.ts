/** Calls of the API: every one with the caller's token, every refusal as an ApiError that people can read. */

import type { Item, Resource, Values } from "./resource";

/** What the API, or what stands before it, answered in place of what was asked for; `status` is 0 if nothing did. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly status: number,
    /** The request's id in the API's logs, "" if it is not known. */
    readonly requestId = "",
  ) {
    super(message);
  }
}

export interface Page {
  readonly items: readonly Item[];
  /** Where the next page begins, "" after the last. */
  readonly nextToken: string;
}

/** Answers the token of who is signed in, "" if nobody is; `refused` is one that the API did not take. */
export type TokenSource = (refused?: string) => Promise<string>;

interface Answer {
  readonly body: unknown;
  readonly etag: string;
}

interface Body {
  readonly headers?: Record<string, string>;
  readonly fields?: Item;
}

const TIMEOUT_MS = 35_000; // API Gateway gives up before

export class Api {
  /** What was last tried to be created, and the key that the API knows it by if it is sent again. */
  private attempt = { content: "", key: "" };

  constructor(
    private readonly url: string,
    private readonly token: TokenSource,
  ) {}

  /** One page of the items: `values` are parameters of the path and of the query. */
  async list(resource: Resource, values: Values, nextToken = ""): Promise<Page> {
    const asked = resource.listBy.map((name): [string, string] => [name, values[name] ?? ""]);
    const query = new URLSearchParams([...asked, ...(nextToken ? [["nextToken", nextToken]] : [])]);
    const { body } = await this.send("GET", `${pathOf(resource, values)}${query.size > 0 ? "?" : ""}${query}`);
    const items = isItem(body) ? body["items"] : body;
    if (!Array.isArray(items) || !items.every(isItem)) {
      throw new ApiError("The API answered something else than a list of items.", 200);
    }
    return { items, nextToken: isItem(body) && typeof body["nextToken"] === "string" ? body["nextToken"] : "" };
  }

  /** Make an item of `fields`. The same fields sent again after a failure make no second one. */
  async create(resource: Resource, values: Values, fields: Item): Promise<Item> {
    const path = pathOf(resource, values);
    const content = JSON.stringify([path, fields]);
    if (content !== this.attempt.content) {
      this.attempt = { content, key: crypto.randomUUID() };
    }
    const headers: Record<string, string> = resource.repeatable ? { "Idempotency-Key": this.attempt.key } : {};
    const answer = await this.send("POST", path, { fields, headers });
    this.attempt = { content: "", key: "" };
    return tagged(answer);
  }

  /** An item. Where the API only lists items, it is looked for among them. */
  async read(resource: Resource, values: Values, id: string): Promise<Item> {
    if (resource.operations.includes("read")) {
      return tagged(await this.send("GET", pathOf(resource, values, id)));
    }
    let page: Page = { items: [], nextToken: "" };
    do {
      page = await this.list(resource, values, page.nextToken);
      const found = page.items.find((item) => String(item[resource.id]) === id);
      if (found !== undefined) {
        return found;
      }
    } while (page.nextToken);
    throw new ApiError(`There is no such ${resource.singular}.`, 404);
  }

  /** Put `fields` in place of those of `item`, unless somebody has changed it since it was read (412). */
  async update(resource: Resource, values: Values, item: Item, id: string, fields: Item): Promise<Item> {
    return tagged(await this.send("PUT", pathOf(resource, values, id), { fields, headers: ifMatch(item) }));
  }

  /** Delete `item`, unless somebody has changed it since it was read (412). */
  async delete(resource: Resource, values: Values, item: Item, id: string): Promise<void> {
    await this.send("DELETE", pathOf(resource, values, id), { headers: ifMatch(item) });
  }

  private async send(method: string, path: string, body: Body = {}): Promise<Answer> {
    const token = await this.token();
    let response = await this.fetched(method, path, body, token);
    if (response.status === 401 && token) {
      const other = await this.token(token);
      response = other && other !== token ? await this.fetched(method, path, body, other) : response;
    }
    const text = await response.text();
    const said = parsed(text);
    if (!response.ok) {
      throw refusal(response, said);
    }
    if (text !== "" && said === undefined) {
      throw new ApiError("The API answered something else than JSON: is its address right?", response.status);
    }
    return { body: said, etag: response.headers.get("ETag") ?? "" };
  }

  private fetched(method: string, path: string, { headers = {}, fields }: Body, token: string): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: {
        Accept: "application/json",
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(fields ? { "Content-Type": "application/json" } : {}),
        ...headers,
      },
      ...(fields ? { body: JSON.stringify(fields) } : {}),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new ApiError("The API can't be reached. Check your connection and try again.", 0);
    });
  }
}

/** The path of a collection, or of its item `id`. */
export function pathOf(resource: Resource, values: Values, id?: string): string {
  const path = resource.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  return id === undefined ? path : `${path}/${encodeURIComponent(id)}`;
}

/** What is said of an error, and what tells it apart in the API's logs. */
export function explained(error: unknown): { message: string; requestId: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { message, requestId: error instanceof ApiError ? error.requestId : "" };
}

function refusal(response: Response, body: unknown): ApiError {
  const said = isItem(body) ? body : {};
  // `message` is what our functions and API Gateway say, the others are RFC 9457's.
  const message = [said["message"], said["detail"], said["title"]].find(
    (text) => typeof text === "string" && text !== "",
  );
  const ids = [said["requestId"], response.headers.get("apigw-requestid"), response.headers.get("x-amzn-requestid")];
  const id = ids.find((text) => typeof text === "string" && text !== "");
  return new ApiError(String(message ?? `The API answered ${response.status}.`), response.status, String(id ?? ""));
}

/**
 * An item, with its ETag as the attribute `etag` where the API says it in the header alone.
 *
 * The attribute goes first: what compresses an answer on its way makes a weak ETag of the header's.
 */
function tagged({ body, etag }: Answer): Item {
  const item = isItem(body) ? body : {};
  const strong = /^"([^"]+)"$/.exec(etag)?.[1];
  return strong === undefined ? item : { etag: strong, ...item };
}

function ifMatch(item: Item): Record<string, string> {
  return typeof item["etag"] === "string" ? { "If-Match": `"${item["etag"]}"` } : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
