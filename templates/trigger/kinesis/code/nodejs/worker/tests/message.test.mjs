/** How records are read, and what becomes of one that can't be. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf, recordsOf } from "./deliveries.mjs";
import { deliver } from "../delivery.mjs";
import { InvalidRequest } from "../errors.mjs";
import { identifier, parse } from "../message.mjs";

test("a record has what its data say, and the key of its order", () => {
  const [message] = recordsOf(eventOf('{"price": 12.50}')).map(parse);
  assert.deepEqual([message.fields, message.partitionKey], [{ price: 12.5 }, "one"]);
});

for (const data of ["Hello World", "", "[1]"]) {
  test(`those behind a record that can't be read wait for it: ${data}`, async () => {
    const event = eventOf({ note: "first" }, data, { note: "last" });
    assert.throws(() => parse(recordsOf(event)[1]), InvalidRequest);
    const { batchItemFailures } = await deliver(event, async (record) => void parse(record));
    const waiting = recordsOf(event).slice(1).map(identifier);
    assert.deepEqual(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), waiting);
  });
}
