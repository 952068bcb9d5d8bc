/** Which tokens are good. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { call, refused } from "./call.mjs";
import { restEvent } from "./events.mjs";
import { issuer, rsaKey, sign } from "./provider.mjs";

const NOW = Math.floor(Date.now() / 1000);
const STRANGER = rsaKey();

/** A token as an attacker makes it, signed with a shared secret or not at all. @param {object} header @param {string} [secret] */
async function byHand(header, secret) {
  const claims = { iss: "https://login.example.com/", aud: "box-office", sub: "eve", exp: NOW + 300 };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${secret ? createHmac("sha256", secret).update(signed).digest("base64url") : ""}`;
}

const PUBLIC = String(issuer.first.publicKey.export({ type: "spki", format: "pem" }));

for (const claims of [{}, { aud: "other-office" }, { aud: ["x", "box-office"] }, { exp: NOW - 5 }, { nbf: NOW + 5 }]) {
  test(`a good token: ${JSON.stringify(claims)}`, async () => {
    assert(!(await refused(restEvent(await sign(claims)))));
  });
}

test("a token of the other allowed algorithm", async () => {
  const token = await sign({}, { key: issuer.curve, kid: "curve", alg: "ES256" });
  assert(!(await refused(restEvent(token))));
});

/** @type {Record<string, () => Promise<string>>} */
const BAD = {
  expired: () => sign({ exp: NOW - 60 }),
  "not yet valid": () => sign({ nbf: NOW + 120 }),
  "from the future": () => sign({ iat: NOW + 120 }),
  "never expires": () => sign({ exp: null }),
  "for somebody else": () => sign({ aud: "box-office-2" }),
  "for nobody": () => sign({ aud: null }),
  "another issuer": () => sign({ iss: "https://login.example.com" }),
  "no issuer": () => sign({ iss: null }),
  "no subject": () => sign({ sub: null }),
  "another key": () => sign({}, { key: STRANGER }),
  "a key that is not published": () => sign({}, { key: STRANGER, kid: "stranger" }),
  "names no key": () => sign({}, { kid: null }),
  "an algorithm that is not allowed": () => sign({}, { alg: "RS512" }),
  "a key of another kind": () => sign({}, { key: issuer.curve, alg: "ES256" }),
  "alg none": () => byHand({ alg: "none", kid: "first" }),
  "alg HS256 with the public key": () => byHand({ alg: "HS256", kid: "first" }, PUBLIC),
  tampered: async () => `${(await sign()).slice(0, -8)}AAAAAAAA`,
  "not a token": async () => "a.b.c",
  nothing: async () => "",
};

for (const [name, make] of Object.entries(BAD)) {
  test(`a bad token: ${name}`, async () => {
    assert(await refused(restEvent(await make())));
  });
}

test("tokens of another client are refused", async () => {
  assert(!(await refused(restEvent(await sign({ azp: "any" })))));
  process.env.OIDC_CLIENT_ID = "mobile";
  for (const name of ["azp", "client_id", "cid", "appid"]) {
    assert(!(await refused(restEvent(await sign({ [name]: "mobile" })))));
  }
  for (const claims of [{}, { azp: "other" }, { sub: "mobile", aud: ["box-office", "mobile"] }]) {
    assert(await refused(restEvent(await sign(claims))));
  }
  delete process.env.OIDC_CLIENT_ID;
});

test("scopes are read however the issuer writes them", async () => {
  for (const claims of [{ scope: "read write" }, { scope: null, scp: ["read", "write"] }]) {
    assert.equal((await call(restEvent(await sign(claims)))).context.scope, "read write");
  }
});

test("what API Gateway keeps for itself, and long texts, are left out", async () => {
  const said = { principalId: "eve", integrationLatency: 1, long: "x".repeat(1025), short: "x".repeat(1024) };
  const { context } = await call(restEvent(await sign(said)));
  assert.deepEqual(Object.keys(said).filter((name) => name in context), ["short"]);
});
