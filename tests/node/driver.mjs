/**
 * Lambda in the place of Lambda: each line of standard input is an event with the environment that it finds, and each
 * line of the file descriptor 3 what the handler made of it.
 */

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , module, name] = process.argv;
const imported = await import(pathToFileURL(module).href);

for await (const line of createInterface({ input: process.stdin })) {
  const { event, context, environment } = JSON.parse(line);
  for (const each of Object.keys(process.env)) {
    if (!(each in environment)) delete process.env[each];
  }
  Object.assign(process.env, environment);
  let made;
  try {
    made = { answer: await imported[name](event, context) };
  } catch (error) {
    made = { error: String(error?.stack) };
  }
  writeSync(3, `${JSON.stringify(made)}\n`);
}
process.exit();
