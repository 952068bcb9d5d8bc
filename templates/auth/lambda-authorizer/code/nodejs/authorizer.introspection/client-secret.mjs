/** The secret that this function asks the issuer with: read from Secrets Manager when first needed. */

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

const PAUSE_MS = 60_000;

/** @type {SecretsManagerClient | undefined} */
let client;
/** @type {string | undefined} */
let known;
let read = -Infinity;

/** The secret. */
export async function value() {
  if (known === undefined) {
    client ??= new SecretsManagerClient({
      maxAttempts: 2,
      requestHandler: { connectionTimeout: 2000, requestTimeout: 3000, throwOnRequestTimeout: true },
    });
    const SecretId = process.env.INTROSPECTION_SECRET_NAME;
    const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId }));
    const key = process.env.INTROSPECTION_SECRET_KEY; // of the JSON object that it is; none if it is no object
    known = key ? String(JSON.parse(SecretString)[key]) : SecretString;
    read = Date.now();
  }
  return known;
}

/** Read it anew next time, as it may have been rotated; false if it was read just now. */
export function forget() {
  const old = Date.now() - read > PAUSE_MS;
  if (old) known = undefined;
  return old;
}
