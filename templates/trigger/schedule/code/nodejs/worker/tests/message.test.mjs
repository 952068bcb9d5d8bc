/** How the schedule's events are read. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf } from "./deliveries.mjs";
import { parse } from "../message.mjs";

test("the time is when it was due", () => {
  assert.equal(parse(eventOf()).time.getTime(), Date.UTC(2026, 10, 24, 3));
});
