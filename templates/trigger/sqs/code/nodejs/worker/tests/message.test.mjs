/** How messages are read, and what becomes of one that can't be. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf, QUEUE, recordsOf } from "./deliveries.mjs";
import { deliver } from "../delivery.mjs";
import { InvalidRequest } from "../errors.mjs";
import { identifier, inOrder, parse } from "../message.mjs";

test("a message has what its body says, and how often it came", () => {
  const [message] = recordsOf(eventOf('{"price": 12.50}')).map(parse);
  assert.deepEqual([message.fields, message.attempt], [{ price: 12.5 }, 1]);
});

for (const body of ["Message Body", "", "[1]", '{"price": NaN}', '{"price": 12345678901234567890}']) {
  test(`a message that can't be read is the only one to come again: ${body}`, async () => {
    const event = eventOf({ note: "first" }, body, { note: "last" });
    const bad = recordsOf(event)[1];
    assert.throws(() => parse(bad), InvalidRequest);
    const failed = await deliver(event, async (record) => void parse(record));
    assert.deepEqual(failed, { batchItemFailures: [{ itemIdentifier: identifier(bad) }] });
  });
}

test("only a FIFO queue keeps the order", () => {
  const [record] = recordsOf(eventOf({}));
  assert.equal(inOrder(record), false);
  assert.equal(inOrder({ ...record, eventSourceARN: `${QUEUE}.fifo` }), true);
});

test("an attribute stands above the body", () => {
  const [record] = recordsOf(eventOf({ owner: "somebody else", note: "first" }));
  const messageAttributes = { owner: { stringValue: "ann", dataType: "String" } };
  assert.deepEqual(parse({ ...record, messageAttributes }).fields, { owner: "ann", note: "first" });
});
