/** How the function signs in to Keyspaces: with a signature of its role (SigV4) under what the server asks. */

import { createHash, createHmac } from "node:crypto";

import cassandra from "cassandra-driver";

// The driver wants an instance of this class, of which its types know the interface alone.
const { AuthProvider } = /** @type {any} */ (cassandra.auth);

/** Signs in with the credentials that the environment has at that moment. */
export class RoleAuthProvider extends AuthProvider {
  /** @returns {import("cassandra-driver").auth.Authenticator} */
  newAuthenticator() {
    return {
      initialResponse: (answer) => answer(null, Buffer.from("SigV4\0\0")),
      evaluateChallenge: (challenge, answer) => answer(null, Buffer.from(signed(challenge.toString(), new Date()))),
      onAuthenticationSuccess: () => {},
    };
  }
}

/**
 * The answer to a challenge, `nonce=...`.
 *
 * @param {string} challenge
 * @param {Date} now
 */
export function signed(challenge, now) {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
  const [nonce = ""] = challenge.match(/(?<=nonce=)\w{32}/) ?? [];
  const time = now.toISOString();
  const scope = [time.slice(0, 10).replaceAll("-", ""), process.env.AWS_REGION ?? "", "cassandra", "aws4_request"];
  const query = [
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encodeURIComponent([id, ...scope].join("/"))}`,
    `X-Amz-Date=${encodeURIComponent(time)}`,
    "X-Amz-Expires=900",
  ].join("&");
  const request = ["PUT", "/authenticate", query, "host:cassandra", "", "host", digest(nonce)].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), digest(request)].join("\n");
  const key = scope.reduce(keyed, Buffer.from(`AWS4${secret}`));
  const signature = keyed(key, text).toString("hex");
  return `signature=${signature},access_key=${id},amzdate=${time}${token ? `,session_token=${token}` : ""}`;
}

/** @param {string} text */
function digest(text) {
  return createHash("sha256").update(text).digest("hex");
}

/** @param {Buffer} key @param {string} text */
function keyed(key, text) {
  return createHmac("sha256", key).update(text).digest();
}
