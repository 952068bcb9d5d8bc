/** An issuer on this machine: it signs tokens and publishes its keys. */

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import { SignJWT } from "jose";

/** @typedef {import("node:crypto").KeyPairKeyObjectResult} Pair */

const NAME = "https://login.example.com/";

/** @returns {Pair} */
export function rsaKey() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

const first = rsaKey();
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** `published` are its keys by name, `uses` what they are for; `up` is false when it is away; `asked` counts. */
export const issuer = {
  first,
  curve,
  /** @type {Record<string, Pair>} */
  published: {},
  /** @type {Record<string, string>} */
  uses: {},
  up: true,
  asked: 0,
};

/** Nothing has happened to the issuer. */
export function reset() {
  Object.assign(issuer, { published: { first, curve }, uses: {}, up: true, asked: 0 });
}

/**
 * A token; `claims` are those that differ from a good one's, null takes one away.
 *
 * @param {Record<string, unknown>} [claims]
 * @param { {key?: Pair, kid?: string | null, alg?: string} } [how]
 */
export async function sign(claims = {}, { key = first, kid = "first", alg = "RS256" } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: NAME, aud: "box-office", sub: "ann", iat: now, exp: now + 300 };
  const more = { groups: ["editors", "staff", "no, name"], scope: "openid read", vip: true, n: 1 };
  const said = Object.entries({ ...good, ...more, ...claims }).filter(([, value]) => value !== null);
  const header = { alg, ...(kid === null ? {} : { kid }) };
  return new SignJWT(Object.fromEntries(said)).setProtectedHeader(header).sign(key.privateKey);
}

export function goodToken() {
  return sign();
}

const server = createServer((_, answer) => {
  issuer.asked += 1;
  const keys = Object.entries(issuer.published).map(([kid, { publicKey }]) => {
    return { ...publicKey.export({ format: "jwk" }), kid, use: issuer.uses[kid] ?? "sig" };
  });
  answer.writeHead(issuer.up ? 200 : 503, { Connection: "close" }).end(JSON.stringify({ keys }));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
server.unref();

const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

export const VARIABLES = {
  OIDC_ISSUER: NAME,
  OIDC_AUDIENCE: "box-office,other-office",
  OIDC_JWKS_URI: `http://127.0.0.1:${port}/jwks.json`,
  ALLOWED_ALGORITHMS: "RS256,ES256",
};

reset();
