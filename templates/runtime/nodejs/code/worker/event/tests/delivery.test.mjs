/** What Lambda is told of an event: nothing when it was done, the fault when it was not. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf } from "./deliveries.mjs";
import { CONTENT } from "./events.mjs";
import { deliver } from "../delivery.mjs";

test("what was done does not come again", async () => {
  /** @type {Record<string, any>[]} */
  const seen = [];
  assert.equal(await deliver(eventOf(CONTENT), async (event) => void seen.push(event)), undefined);
  assert.deepEqual(seen, [eventOf(CONTENT)]);
});

test("a fault reaches Lambda", async () => {
  const fail = async () => {
    throw new Error("it can't be done");
  };
  await assert.rejects(deliver(eventOf(CONTENT), fail), /can't be done/);
});
