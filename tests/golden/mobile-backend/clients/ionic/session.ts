// Signs people in with the system's browser (authorization code with PKCE), keeps their tokens fresh and calls the API,
// as config.json says.
import { SecureStorage } from "@aparajita/capacitor-secure-storage";
import { App } from "@capacitor/app";
import { Browser } from "@capacitor/browser";

import config from "./config.json";

const REDIRECT = "box-office://callback";
const LOGOUT = "box-office://logout";
const KEPT = "box-office-refresh-token";
const MINUTE = 60_000;

interface Issuer {
  authorization_endpoint: string;
  token_endpoint: string;
}

interface Tokens {
  access_token: string;
  id_token?: string;
  refresh_token?: string;
  expires_in: number;
}

let token = "";
let ends = 0;

/** Opens the sign-in pages, waits for the app to be opened again, and exchanges the code for tokens. */
export async function signIn(): Promise<void> {
  const verifier = random();
  const state = random();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const page = new URL((await issuer()).authorization_endpoint);
  page.search = new URLSearchParams({
    response_type: "code",
    client_id: config.signIn.clientId,
    redirect_uri: REDIRECT,
    scope: config.signIn.scope,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(config.signIn.audience && { audience: config.signIn.audience }),
  }).toString();
  const answer = await backFrom(page.href, REDIRECT);
  if (answer.get("state") !== state) throw new Error("the answer is to another question than ours");
  const code = answer.get("code");
  if (!code) throw new Error(answer.get("error_description") ?? answer.get("error") ?? "there is no code");
  await exchange({ grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: verifier });
}

/** The API's answer; whoever calls looks at its status. */
export async function call(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { Authorization: `Bearer ${await freshToken()}` };
  if (body === undefined) return fetch(config.apiUrl + path, { method, headers });
  headers["Content-Type"] = "application/json";
  return fetch(config.apiUrl + path, { method, headers, body: JSON.stringify(body) });
}

/** Forgets the tokens and ends the browser's session with the issuer, if it has an address for that. */
export async function signOut(): Promise<void> {
  token = "";
  await SecureStorage.remove(KEPT);
  if (!config.signIn.endSession) return;
  const query = new URLSearchParams({ client_id: config.signIn.clientId, logout_uri: LOGOUT });
  await backFrom(`${config.signIn.endSession}?${query}`, LOGOUT);
}

/** The token that the API takes, renewed a minute before it ends. */
async function freshToken(): Promise<string> {
  if (token && Date.now() < ends - MINUTE) return token;
  const kept = await SecureStorage.get(KEPT);
  if (typeof kept !== "string") throw new Error("nobody is signed in");
  await exchange({ grant_type: "refresh_token", refresh_token: kept });
  return token;
}

async function exchange(grant: Record<string, string>): Promise<void> {
  const body = new URLSearchParams({ client_id: config.signIn.clientId, ...grant });
  const answer = await fetch((await issuer()).token_endpoint, { method: "POST", body });
  if (!answer.ok) throw new Error(`the issuer refused (${answer.status}): ${await answer.text()}`);
  const tokens = (await answer.json()) as Tokens;
  token = (config.signIn.token === "id" ? tokens.id_token : tokens.access_token) ?? "";
  ends = Date.now() + tokens.expires_in * 1000;
  // an issuer that doesn't change the refresh token leaves it out
  if (tokens.refresh_token) await SecureStorage.set(KEPT, tokens.refresh_token);
}

async function issuer(): Promise<Issuer> {
  const authority = config.signIn.authority.replace(/\/$/, "");
  const answer = await fetch(`${authority}/.well-known/openid-configuration`);
  if (!answer.ok) throw new Error(`the issuer is not to be found (${answer.status})`);
  return (await answer.json()) as Issuer;
}

/** What the address says with which the browser comes back to the app, or an error if it is closed before. */
async function backFrom(page: string, address: string): Promise<URLSearchParams> {
  let answered: (query: URLSearchParams) => void;
  let refused: (fault: Error) => void;
  const back = new Promise<URLSearchParams>((resolve, reject) => ([answered, refused] = [resolve, reject]));
  const opened = await App.addListener("appUrlOpen", ({ url }) => {
    if (url.startsWith(address)) answered(new URLSearchParams(url.split("?")[1] ?? ""));
  });
  const closed = await Browser.addListener("browserFinished", () => refused(new Error("the browser was closed")));
  try {
    await Browser.open({ url: page });
    return await back;
  } finally {
    await Promise.all([opened.remove(), closed.remove()]);
    await Browser.close().catch(() => undefined); // Android has no way to close it
  }
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
