/** How events of services are read. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf } from "./deliveries.mjs";
import { parse } from "../message.mjs";

test("an event says what happened, and to what", () => {
  const { source, kind, version, fields } = parse(eventOf({ price: 12.5 }));
  assert.deepEqual([source, kind, version, fields], ["testing.service", "something-happened", 1, { price: 12.5 }]);
});

test("an event that is told twice is the same", () => {
  assert.deepEqual(parse(eventOf({})), parse({ ...eventOf({}), id: "another" }));
});
