/** What clients of orders can rely on: every route, and what it answers when it must refuse. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { call } from "./call.mjs";
import { apiEvent } from "./events.mjs";
import * as store from "./store.mjs";

const ITEMS = "/orders";
const ONE = "/orders/{id}";
const ID = "id";
/** @type {Record<string, any>} */
const FIELDS = {"note": "first", "price": 12.5, "seats": [1, 2]};
/** @type {Record<string, string>} */
const QUERY = {};

beforeEach(store.empty);

/** @param {Record<string, any>} item */
function fieldsOf(item) {
  return Object.fromEntries(Object.keys(FIELDS).map((name) => [name, item[name]]));
}

test("a list gives pages that follow each other", async () => {
  const ids = [await store.add(FIELDS), await store.add(FIELDS), await store.add(FIELDS)];
  const first = (await call(apiEvent("GET", ITEMS, { query: { ...QUERY, limit: "2" } }))).body;
  const query = { ...QUERY, limit: "2", nextToken: first.nextToken };
  const second = (await call(apiEvent("GET", ITEMS, { query }))).body;
  assert.deepEqual([first.items.length, second.items.length], [2, 1]);
  assert.deepEqual([...first.items, ...second.items].map((item) => item[ID]).sort(), ids.sort());
  assert(!("nextToken" in second));
});

for (const [name, value] of [["limit", "0"], ["limit", "many"], ["nextToken", "e30"]]) {
  test(`a list refuses a page that makes no sense: ${name}=${value}`, async () => {
    const answer = await call(apiEvent("GET", ITEMS, { query: { ...QUERY, [name]: value } }));
    assert.equal(answer.status, 400);
  });
}

test("create answers with the item and its place", async () => {
  const answer = await call(apiEvent("POST", ITEMS, { body: FIELDS }));
  assert.equal(answer.status, 201);
  assert.deepEqual(fieldsOf(answer.body), FIELDS);
  assert.equal((await store.get(answer.body[ID])).note, "first");
  assert(answer.headers.Location.includes(answer.body[ID]));
});

for (const body of [undefined, "{", "[]", '{"updatedAt": "now"}', '{"n": NaN}', '{"n": 12345678901234567890}']) {
  test(`create refuses what is no item: ${body}`, async () => {
    assert.equal((await call(apiEvent("POST", ITEMS, { body }))).status, 400);
  });
}

test("create refuses other media types", async () => {
  const headers = { "Content-Type": "text/plain" };
  assert.equal((await call(apiEvent("POST", ITEMS, { body: FIELDS, headers }))).status, 415);
});

test("create that is sent again makes nothing new", async () => {
  const headers = { "Idempotency-Key": "one" };
  const first = await call(apiEvent("POST", ITEMS, { body: FIELDS, headers }));
  const again = await call(apiEvent("POST", ITEMS, { body: FIELDS, headers }));
  const other = await call(apiEvent("POST", ITEMS, { body: { ...FIELDS, note: "other" }, headers }));
  assert.deepEqual([first.status, again.status, other.status], [201, 201, 409]);
  assert.deepEqual([again.body[ID], again.body.etag], [first.body[ID], first.body.etag]);
});

test("read gives the item", async () => {
  const id = await store.add(FIELDS);
  const answer = await call(apiEvent("GET", ONE, { path: { [ID]: id } }));
  assert.deepEqual([answer.status, answer.body[ID], fieldsOf(answer.body)], [200, id, FIELDS]);
});

test("read of nothing is not found", async () => {
  const answer = await call(apiEvent("GET", ONE, { path: { [ID]: "nothing" } }));
  assert.deepEqual([answer.status, answer.body.code], [404, "not_found"]);
});

test("an unknown route is not found", async () => {
  assert.equal((await call(apiEvent("GET", "/elsewhere"))).status, 404);
});
