/** How events of objects are read. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf } from "./deliveries.mjs";
import { parse } from "../message.mjs";

test("an event names the object", () => {
  const { bucket, key, change, fields } = parse(eventOf({}));
  assert.deepEqual([bucket, key, change], ["testing", "in/Happy Face.jpg", "Object Created"]);
  assert.equal(fields.size, 1024);
});
