/** How the function signs in: no call more than needed, and never with what is out of date. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import "./lambda.mjs";
import * as credentials from "../credentials.mjs";
import { Unavailable } from "../errors.mjs";

/** The secret, as Secrets Manager has it now. */
let password = "";

SecretsManagerClient.prototype.send = async (/** @type {any} */ { input }) => {
  assert.equal(input.VersionStage, "AWSCURRENT");
  if (input.SecretId !== "arn:of:it") throw new Error("Secrets Manager can't find the specified secret.");
  return { SecretString: JSON.stringify({ username: "app", password }) };
};

beforeEach(() => {
  process.env.ORDERS_SECRET_ARN = "arn:of:it";
  password = "first";
  credentials.forget();
});

test("the secret is kept until it is forgotten", async () => {
  assert.deepEqual(await credentials.current(), { user: "app", password: "first" });
  password = "second";
  assert.deepEqual(await credentials.current(), { user: "app", password: "first" });
  credentials.forget();
  assert.deepEqual(await credentials.current(), { user: "app", password: "second" });
});

test("the secret is read again in time", async () => {
  mock.timers.enable({ apis: ["Date"] });
  await credentials.current();
  password = "second";
  mock.timers.tick(300_001);
  assert.deepEqual(await credentials.current(), { user: "app", password: "second" });
  mock.timers.reset();
});

test("a secret that can not be read may be tried again", async () => {
  process.env.ORDERS_SECRET_ARN = "nothing";
  await assert.rejects(credentials.current(), Unavailable);
});
