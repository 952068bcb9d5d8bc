/** An issuer on this machine that says what its tokens mean, to whoever knows its secret. */

import { createServer } from "node:http";

import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** @type {Record<string, any>} */
const GOOD = {
  active: true,
  iss: "https://login.example.com/",
  aud: "box-office",
  client_id: "mobile",
  sub: "ann",
  scope: "openid read",
  groups: ["editors", "staff", "no, name"],
};

/** `secret` is what it wants to hear, `tokens` what each means, `status` its answer; `asked` counts. */
export const issuer = {
  secret: "s3cr:et",
  /** @type {Map<string, any>} */
  tokens: new Map(),
  status: 200,
  asked: 0,
};
/** What Secrets Manager holds, and how often it was read. */
export const kept = { text: JSON.stringify({ secret: issuer.secret }), read: 0 };

SecretsManagerClient.prototype.send = async () => {
  kept.read += 1;
  return { SecretString: kept.text };
};

/** A token; `claims` are those that differ from a good one's, null takes one away. @param {Record<string, unknown>} [claims] */
export function issue(claims = {}) {
  const token = `opaque-token-${issuer.tokens.size}`;
  const said = { ...GOOD, exp: Math.floor(Date.now() / 1000) + 300, ...claims };
  issuer.tokens.set(token, Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)));
  return token;
}

export async function goodToken() {
  return issue();
}

const server = createServer(async (request, answer) => {
  issuer.asked += 1;
  let body = "";
  for await (const part of request) body += part;
  const [, basic = ""] = (request.headers.authorization ?? "").split(" ");
  const pair = Buffer.from(basic, "base64").toString().split(":").map(decodeURIComponent);
  const known = pair[0] === "authorizer" && pair[1] === issuer.secret;
  const meaning = issuer.tokens.get(new URLSearchParams(body).get("token") ?? "") ?? { active: false };
  answer.writeHead(known ? issuer.status : 401, { Connection: "close" }).end(JSON.stringify(known ? meaning : {}));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
server.unref();

const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

export const VARIABLES = {
  AWS_ACCESS_KEY_ID: "testing",
  AWS_SECRET_ACCESS_KEY: "testing",
  AWS_REGION: "us-east-1",
  OIDC_ISSUER: GOOD.iss,
  OIDC_AUDIENCE: GOOD.aud,
  INTROSPECTION_URL: `http://127.0.0.1:${port}/introspect`,
  INTROSPECTION_CLIENT_ID: "authorizer",
  INTROSPECTION_SECRET_NAME: "box-office/issuer",
  INTROSPECTION_SECRET_KEY: "secret",
};
