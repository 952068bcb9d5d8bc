/** How the function signs in to the database: with the application's own secret, read and kept. */

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import * as errors from "./errors.mjs";

const KEPT_MILLISECONDS = 300_000;

/** @type {SecretsManagerClient | undefined} */
let client;
/** @type { {at: number, user: string, password: string} | undefined } */
let kept;

/** User and password for a new connection, at most five minutes old. */
export async function current() {
  if (!kept || Date.now() - kept.at > KEPT_MILLISECONDS) {
    const { username, password } = await read();
    kept = { at: Date.now(), user: username, password };
  }
  return { user: kept.user, password: kept.password };
}

/** Read the secret anew at the next connection: the password was rotated. */
export function forget() {
  kept = undefined;
}

/** @returns {Promise<{username: string, password: string}>} */
async function read() {
  client ??= new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
  });
  const wanted = { SecretId: process.env.ORDERS_SECRET_ARN, VersionStage: "AWSCURRENT" };
  try {
    const { SecretString = "" } = await client.send(new GetSecretValueCommand(wanted));
    return JSON.parse(SecretString);
  } catch (error) {
    throw new errors.Unavailable({ cause: error });
  }
}
