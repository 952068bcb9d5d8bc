/** A third party's JSON Web Token: whose it is, and that it is meant for this API, now. */

import { errors, jwtVerify } from "jose";

import { Refused } from "./errors.mjs";
import { KeySet } from "./keys.mjs";

const { OIDC_ISSUER, OIDC_AUDIENCE = "", OIDC_JWKS_URI = "", ALLOWED_ALGORITHMS = "" } = process.env;
const AUDIENCES = OIDC_AUDIENCE.split(",");
// Pinned here: a token has no say in how it is verified. None of them works with a shared secret.
const ALGORITHMS = ALLOWED_ALGORITHMS.split(",");
const LEEWAY_SECONDS = 30;
const REQUIRED = ["iss", "aud", "exp", "sub"];
// As issuers call the client that a token was issued to.
const CLIENT_CLAIMS = ["client_id", "azp", "cid", "appid"];

const keys = new KeySet(OIDC_JWKS_URI);

/**
 * The claims of a token.
 *
 * @param {string} token
 * @returns {Promise<Record<string, any>>}
 * @throws {Refused} and KeysUnavailable if the issuer's keys can't be had
 */
export async function verified(token) {
  const claims = await signed(token);
  if (claims.iat !== undefined && claims.iat > Date.now() / 1000 + LEEWAY_SECONDS) {
    throw new Refused("the token is from the future");
  }
  const client = process.env.OIDC_CLIENT_ID;
  if (client && !CLIENT_CLAIMS.some((name) => claims[name] === client)) {
    throw new Refused("the token was issued to another client");
  }
  return claims;
}

/** @param {string} token */
async function signed(token) {
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => keys.find(kid), {
      algorithms: ALGORITHMS,
      issuer: OIDC_ISSUER,
      audience: AUDIENCES,
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: REQUIRED,
    });
    return payload;
  } catch (error) {
    // a key of another kind is a TypeError
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw new Refused(error.name);
    throw error;
  }
}
