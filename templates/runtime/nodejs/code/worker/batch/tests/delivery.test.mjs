/** What Lambda is told of a batch: which records to deliver again, and no others. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { call } from "./call.mjs";
import { eventOf, recordsOf } from "./deliveries.mjs";
import { CONTENT } from "./events.mjs";
import { deliver } from "../delivery.mjs";
import { identifier, inOrder } from "../message.mjs";

const THREE = eventOf(CONTENT, CONTENT, CONTENT);
const IDS = recordsOf(THREE).map(identifier);

/** What comes of a batch of three, of which some fail, and which records were worked on. @param {string[]} failing */
async function delivered(...failing) {
  /** @type {string[]} */
  const seen = [];
  const told = await deliver(THREE, async (record) => {
    seen.push(identifier(record));
    if (failing.includes(identifier(record))) throw new Error(`${identifier(record)} can't be done`);
  });
  return { told, seen };
}

/** @param {string[]} failed */
function failures(...failed) {
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

test("records have names of their own", () => {
  assert.equal(new Set(IDS).size, 3);
});

test("when all went well, nothing comes again", async () => {
  assert.deepEqual(await delivered(), { told: failures(), seen: IDS });
});

test("a record that fails comes again, without those before it", async () => {
  const waits = inOrder(recordsOf(THREE)[1]) ? [IDS[2]] : [];
  const seen = IDS.filter((each) => !waits.includes(each));
  assert.deepEqual(await delivered(IDS[1]), { told: failures(IDS[1], ...waits), seen });
});

test("when all fail, all come again", async () => {
  assert.deepEqual((await delivered(...IDS)).told, failures(...IDS));
});

test("an empty batch is done", async () => {
  assert.deepEqual(await call({ Records: [] }), failures());
});
