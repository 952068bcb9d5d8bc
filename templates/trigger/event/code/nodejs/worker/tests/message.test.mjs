/** How events are read. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf } from "./deliveries.mjs";
import { parse } from "../message.mjs";

test("an event says what happened", () => {
  const { source, kind, fields } = parse(eventOf({ price: 12.5 }));
  assert.deepEqual([source, kind, fields], ["testing", "SomethingHappened", { price: 12.5 }]);
});
