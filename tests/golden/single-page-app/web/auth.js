/**
 * Sign-in: authorization code with PKCE (RFC 7636) at Cognito's pages or any OpenID provider's.
 *
 * The tokens stay in this tab's session storage until they end; then people sign in anew.
 */

/** @import { SignIn } from "./config.js" */

const CALLBACK = "/callback"; // registered at the provider, as is /, where people come back to when they sign out
const TOKENS = "tokens";
const PENDING = "sign-in";

const TIMEOUT_MS = 10_000;

/** @typedef {{access_token: string, id_token: string, refresh_token?: string, ends: number}} Tokens */

/**
 * Leave for the provider's pages.
 *
 * @param {SignIn} signIn
 */
export async function begin(signIn) {
  const { authorization_endpoint: page } = await discovered(signIn);
  const state = random();
  const verifier = random();
  sessionStorage.setItem(PENDING, JSON.stringify({ state, verifier }));
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: signIn.clientId,
    redirect_uri: location.origin + CALLBACK,
    scope: signIn.scope,
    state,
    code_challenge: encoded(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))),
    code_challenge_method: "S256",
    ...(signIn.audience ? { audience: signIn.audience } : {}),
  });
  location.assign(`${page}?${asked}`);
}

/**
 * Take the tokens that the provider has sent somebody back for, if this is where it has. Rejects if it refuses.
 *
 * @param {SignIn} signIn
 */
export async function finish(signIn) {
  const said = new URLSearchParams(location.search);
  if (location.pathname !== CALLBACK || !said.has("state")) {
    return;
  }
  history.replaceState(null, "", "/"); // neither the code nor the state stays in the address
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  if (pending === null || said.get("state") !== pending.state) {
    throw new Error("This sign-in was not begun in this tab: sign in again.");
  }
  if (!said.has("code")) {
    throw new Error(said.get("error_description") ?? said.get("error") ?? "The provider has not signed you in.");
  }
  const { token_endpoint: tokens } = await discovered(signIn);
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: signIn.clientId,
    code: said.get("code") ?? "",
    redirect_uri: location.origin + CALLBACK,
    code_verifier: pending.verifier,
  });
  const response = await fetch(tokens, { method: "POST", body });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(answer.error_description ?? answer.error ?? `The provider answered ${response.status}.`);
  }
  const ends = Date.now() + (answer.expires_in ?? 300) * 1000;
  sessionStorage.setItem(TOKENS, JSON.stringify({ ...answer, ends }));
}

/**
 * Forget the tokens, and end the session at the provider if it says where.
 *
 * @param {SignIn} signIn
 */
export async function end(signIn) {
  const { id_token: idToken, refresh_token: refreshToken } = stored() ?? {};
  sessionStorage.removeItem(TOKENS);
  if (refreshToken) {
    await revoke(signIn, refreshToken).catch(() => undefined); // a failure keeps nobody signed in
  }
  const home = `${location.origin}/`;
  if (signIn.endSession) {
    location.assign(`${signIn.endSession}?${new URLSearchParams({ client_id: signIn.clientId, logout_uri: home })}`);
    return;
  }
  const { end_session_endpoint: page } = await discovered(signIn);
  const query = new URLSearchParams({ client_id: signIn.clientId, post_logout_redirect_uri: home });
  if (idToken) {
    query.set("id_token_hint", idToken);
  }
  location.assign(page ? `${page}?${query}` : home);
}

/**
 * Have the provider refuse a refresh token from now on (RFC 7009), if it says where.
 *
 * @param {SignIn} signIn
 * @param {string} refreshToken
 */
async function revoke(signIn, refreshToken) {
  const { revocation_endpoint: address } = await discovered(signIn);
  if (address) {
    const body = new URLSearchParams({ token: refreshToken, client_id: signIn.clientId });
    await fetch(address, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  }
}

/**
 * The token that the API takes, "" if nobody is signed in.
 *
 * @param {SignIn | null} signIn
 */
export function token(signIn) {
  return stored()?.[signIn?.token === "id" ? "id_token" : "access_token"] ?? "";
}

/** @returns {Tokens | null} */
function stored() {
  /** @type {Tokens | null} */
  const tokens = JSON.parse(sessionStorage.getItem(TOKENS) ?? "null");
  return tokens && tokens.ends > Date.now() ? tokens : null;
}

/** @param {SignIn} signIn */
async function discovered(signIn) {
  const address = `${signIn.authority.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) {
    throw new Error(`${signIn.authority} does not say how to sign in.`);
  }
  return response.json();
}

/** 256 random bits. */
function random() {
  return encoded(crypto.getRandomValues(new Uint8Array(32)).buffer);
}

/** @param {ArrayBuffer} bytes */
function encoded(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
