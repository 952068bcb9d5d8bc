/** What API Gateway can rely on, whatever kind of token it is. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { call, refused } from "./call.mjs";
import { API, httpEvent, restEvent, tokenEvent } from "./events.mjs";
import { goodToken } from "./provider.mjs";

test("a good token is let in, for every method of the stage", async () => {
  const { principalId, policyDocument, context } = await call(restEvent(await goodToken()));
  assert.deepEqual([principalId, context.sub], ["ann", "ann"]);
  const statement = { Effect: "Allow", Action: "execute-api:Invoke", Resource: [`${API}/prod/*/*`] };
  assert.deepEqual(policyDocument.Statement, [statement]);
});

test("handlers get flat text", async () => {
  const { context } = await call(restEvent(await goodToken()));
  assert.equal(context.groups, "editors,staff");
  assert(Object.values(context).every((value) => typeof value === "string"));
});

test("every kind of event is understood", async () => {
  const token = await goodToken();
  assert.equal((await call(tokenEvent(token))).principalId, "ann");
  assert.equal((await call({ ...restEvent(token), version: "1.0" })).principalId, "ann");
  const { isAuthorized, context } = await call(httpEvent(token));
  assert.deepEqual([isAuthorized, context.sub], [true, "ann"]);
});

test("nobody else is let in", async () => {
  for (const event of [restEvent(null), restEvent(""), tokenEvent(""), restEvent("x")]) assert(await refused(event));
});

test("an HTTP API is told so", async () => {
  for (const token of [null, "x"]) assert.deepEqual(await call(httpEvent(token)), { isAuthorized: false });
});

test("another scheme is no token", async () => {
  assert(await refused(restEvent(null, { Authorization: `Basic ${await goodToken()}` })));
});

test("clients write the header as they like", async () => {
  const event = restEvent(null, { AUTHORIZATION: `bearer ${await goodToken()}` });
  assert.equal((await call(event)).principalId, "ann");
});

test("a token can come in the query", async () => {
  process.env.TOKEN_SOURCE = "query.ticket";
  const event = { ...restEvent("x"), queryStringParameters: { ticket: await goodToken() } };
  assert.equal((await call(event)).principalId, "ann");
  process.env.TOKEN_SOURCE = "header.Authorization";
});

test("the log says why, and not what", async (context) => {
  const info = context.mock.method(console, "info", () => {});
  const token = `${(await goodToken()).slice(0, -9)}tampered!`;
  assert(await refused(restEvent(token)));
  const [{ arguments: said }] = info.mock.calls;
  assert(String(said).includes("refused") && !String(said).includes(token));
});
