/** An opaque token: what its issuer says that it means (OAuth 2.0 token introspection, RFC 7662). */

import * as clientSecret from "./client-secret.mjs";
import { Refused } from "./errors.mjs";
import { fetched, Unanswered } from "./fetched.mjs";

/** @typedef {Record<string, any>} Claims */

const TIMEOUT_MS = 5_000;
const LEEWAY_SECONDS = 30;

/** The issuer gives no answer: nobody's fault who calls, so API Gateway answers 500. */
export class IssuerUnavailable extends Error {}

/**
 * What the issuer says of a token.
 *
 * @param {string} token
 * @returns {Promise<Claims>}
 * @throws {Refused} if it is not good
 * @throws {IssuerUnavailable} without an answer
 */
export async function verified(token) {
  const meaning = await meaningOf(token);
  if (meaning?.active !== true) throw new Refused("the issuer says that the token is not active");
  check(meaning);
  return meaning;
}

/** What an issuer says beside `active`, as far as it says it and we have a mind about it. @param {Claims} meaning */
function check({ exp, iss, aud, client_id: client }) {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audiences, OIDC_CLIENT_ID: wanted } = process.env;
  if (typeof exp === "number" && exp + LEEWAY_SECONDS < Date.now() / 1000) throw new Refused("the token is expired");
  if (issuer && (iss ?? issuer) !== issuer) throw new Refused("the token is another issuer's");
  if (audiences && !audiences.split(",").some((name) => [aud].flat().includes(name))) {
    throw new Refused("the token is for somebody else");
  }
  if (wanted && client !== wanted) throw new Refused("the token was issued to another client");
}

/** @param {string} token */
async function meaningOf(token) {
  try {
    return await asked(token, await clientSecret.value());
  } catch (error) {
    const rotated = error instanceof Unanswered && error.status === 401 && clientSecret.forget();
    if (!rotated) throw error instanceof Unanswered ? new IssuerUnavailable(error.message) : error;
    return asked(token, await clientSecret.value());
  }
}

/** @param {string} token @param {string} secret */
async function asked(token, secret) {
  const pair = [process.env.INTROSPECTION_CLIENT_ID ?? "", secret].map(encodeURIComponent).join(":");
  try {
    return await fetched(process.env.INTROSPECTION_URL ?? "", {
      method: "POST",
      body: new URLSearchParams({ token, token_type_hint: "access_token" }),
      headers: { Authorization: `Basic ${Buffer.from(pair).toString("base64")}`, Accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    if (error instanceof Unanswered) throw error;
    throw new IssuerUnavailable("the issuer can't be reached, or answers no JSON", { cause: error });
  }
}
