/** How changes are read. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf, recordsOf } from "./deliveries.mjs";
import { parse } from "../message.mjs";

/** @type {[Record<string, any>, unknown][]} */
const ATTRIBUTES = [
  [{ S: "Hello" }, "Hello"],
  [{ N: "3.14" }, 3.14],
  [{ BOOL: true }, true],
  [{ NULL: true }, null],
  [{ B: "AAEqQQ==" }, Buffer.from([0, 1, 42, 65])],
  [{ SS: ["a", "b"] }, new Set(["a", "b"])],
  [{ NS: ["1", "2"] }, new Set([1, 2])],
  [{ BS: ["AAEqQQ=="] }, new Set([Buffer.from([0, 1, 42, 65])])],
  [{ L: [{ S: "a" }, { N: "1" }] }, ["a", 1]],
  [{ M: { age: { N: "35" } } }, { age: 35 }],
];

for (const [attribute, value] of ATTRIBUTES) {
  test(`every kind of attribute is read: ${JSON.stringify(attribute)}`, () => {
    const [record] = recordsOf(eventOf({}));
    record.dynamodb.NewImage.told = attribute;
    assert.deepEqual(parse(record).fields, { id: "item-0", told: value });
  });
}

test("a removed item is known by what it was", () => {
  const [record] = recordsOf(eventOf({ note: "first" }));
  const { NewImage: OldImage, ...others } = record.dynamodb;
  const { change, fields, key, before } = parse({ ...record, eventName: "REMOVE", dynamodb: { ...others, OldImage } });
  assert.deepEqual([change, fields, key], ["REMOVE", {}, { id: "item-0" }]);
  assert.deepEqual(before, { id: "item-0", note: "first" });
});
