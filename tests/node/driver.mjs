/**
 * Lambda in the place of Lambda: each line of standard input is an event with the environment that it finds, and each
 * line of a file descriptor what the handler made of it, and which calls of AWS's SDK it made.
 */

import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , module, name, answers] = process.argv;
/**
 * What the handler has called since the event came, `dynamodb:PutItem`. Every client has its `send` from one class, and
 * knows the name that it signs with, which is the service's in IAM.
 */
let calls = [];
const { DynamoDBClient } = await import(createRequire(module).resolve("@aws-sdk/client-dynamodb"));
const base = Object.getPrototypeOf(DynamoDBClient).prototype;
const { send } = base;
base.send = function (command, ...more) {
  calls.push(`${this.config.defaultSigningName}:${command.constructor.name.replace(/Command$/, "")}`);
  return send.call(this, command, ...more);
};

if (process.env.BRIDGE) await import("./bridge.mjs"); // drivers whose servers can't be had

const imported = await import(pathToFileURL(module).href);

for await (const line of createInterface({ input: process.stdin })) {
  const { event, context, environment } = JSON.parse(line);
  for (const each of Object.keys(process.env)) {
    if (!(each in environment)) delete process.env[each];
  }
  Object.assign(process.env, environment);
  let made;
  calls = [];
  try {
    made = { answer: (await imported[name](event, context)) ?? null };
  } catch (error) {
    made = { error: String(error?.stack) };
  }
  writeSync(Number(answers), `${JSON.stringify({ ...made, calls })}\n`);
}
process.exit();
