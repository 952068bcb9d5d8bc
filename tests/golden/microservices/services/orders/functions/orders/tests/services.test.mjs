/** Calls of other services: what is sent, and what becomes of each kind of answer. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Conflict, NotFound, Unavailable } from "../errors.mjs";
import { call, CallFailed } from "../services.mjs";

const URL = "https://api.example.com/v1";

process.env.AWS_ACCESS_KEY_ID = "testing";
process.env.AWS_SECRET_ACCESS_KEY = "testing";
process.env.AWS_REGION = "eu-central-1";
process.env.CATALOG_API_URL = URL;

/** What was asked. @type {any[]} */
let asked = [];

/** A service that answers so. @param {number} status @param {string} body */
function answering(status, body) {
  asked = [];
  globalThis.fetch = async (url, options) => {
    asked.push({ url, ...options });
    return new Response(body, { status });
  };
}

test("a call is signed and answered", async () => {
  answering(200, '{"price": 9.5}');
  assert.deepEqual(await call("catalog", "GET", "/items/1?limit=2"), { price: 9.5 });
  assert.equal(String(asked[0].url), `${URL}/items/1?limit=2`);
  assert.match(asked[0].headers.authorization, /eu-central-1\/execute-api\/aws4_request/);
});

for (const [status, body, fault] of /** @type {const} */ ([
  [404, '{"message": "no such item", "code": "not_found"}', NotFound],
  [404, '{"message": "No such route"}', CallFailed],
  [409, '{"message": "taken", "code": "conflict"}', Conflict],
  [503, "<html>", Unavailable],
  [403, '{"message": "hush"}', CallFailed],
  [200, "<html>", CallFailed],
])) {
  test(`${status} ${body} is an error of ours`, async () => {
    answering(status, body);
    await assert.rejects(call("catalog", "GET", "/items/1"), (/** @type {Error} */ error) => {
      assert(error instanceof fault);
      return !error.message.includes("hush");
    });
    assert.equal(asked.length, status === 503 ? 2 : 1);
  });
}
