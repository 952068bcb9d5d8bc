// Signs people in with the system's browser, keeps their tokens fresh and calls the API, as config.json says.
import { Linking } from "react-native";
import { authorize, refresh, type AuthConfiguration } from "react-native-app-auth";
import * as Keychain from "react-native-keychain";

import config from "./config.json";

const LOGOUT = "box-office://logout";
const SERVICE = { service: "box-office" };
const MINUTE = 60_000;

const issuer: AuthConfiguration = {
  issuer: config.signIn.authority,
  clientId: config.signIn.clientId,
  redirectUrl: "box-office://callback",
  scopes: config.signIn.scope.split(" "),
  ...(config.signIn.audience && { additionalParameters: { audience: config.signIn.audience } }),
};

interface Tokens {
  accessToken: string;
  accessTokenExpirationDate: string;
  idToken: string;
  refreshToken: string | null;
}

let token = "";
let ends = 0;

/** Opens the sign-in pages. The library adds challenge, state and nonce, and exchanges the code for tokens. */
export async function signIn(): Promise<void> {
  await keep(await authorize(issuer));
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
  await Keychain.resetGenericPassword(SERVICE);
  if (!config.signIn.endSession) return;
  const client = encodeURIComponent(config.signIn.clientId);
  await Linking.openURL(`${config.signIn.endSession}?client_id=${client}&logout_uri=${encodeURIComponent(LOGOUT)}`);
}

/** The token that the API takes, renewed a minute before it ends. */
async function freshToken(): Promise<string> {
  if (token && Date.now() < ends - MINUTE) return token;
  const kept = await Keychain.getGenericPassword(SERVICE);
  if (!kept) throw new Error("nobody is signed in");
  await keep(await refresh(issuer, { refreshToken: kept.password }));
  return token;
}

async function keep(tokens: Tokens): Promise<void> {
  token = config.signIn.token === "id" ? tokens.idToken : tokens.accessToken;
  ends = Date.parse(tokens.accessTokenExpirationDate);
  // an issuer that doesn't change the refresh token leaves it out
  if (tokens.refreshToken) await Keychain.setGenericPassword("refresh-token", tokens.refreshToken, SERVICE);
}
