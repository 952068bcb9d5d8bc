// Runs a function of CloudFront as it stands in a template: {code, event} on standard input, its answer on standard output.
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const { code, event } = JSON.parse(readFileSync(0, "utf8"));
const globals = createContext({}, { codeGeneration: { strings: false, wasm: false } });
runInContext(`"use strict";\n${code}\n;globalThis.handler = handler;`, globals, { timeout: 1000 });
globals.event = event;
console.log(JSON.stringify(await runInContext("handler(event)", globals, { timeout: 1000 })));
