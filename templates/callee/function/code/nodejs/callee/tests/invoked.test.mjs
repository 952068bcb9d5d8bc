/** Calls by other functions: they reach invoked.mjs, not the routes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CONTEXT } from "./lambda.mjs";
import { NotBuilt } from "../errors.mjs";

test("what is not built is told the caller", async () => {
  const { handler } = await import("../handler.mjs");
  await assert.rejects(handler({ invocation: {} }, CONTEXT), NotBuilt);
});
