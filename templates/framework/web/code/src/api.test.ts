import { afterEach, expect, test, vi } from "vitest";

import { Api, ApiError, explained, pathOf } from "./api";
import { answering, type Reply, reviews, tickets } from "./testing";

afterEach(() => vi.unstubAllGlobals());

function apiThat(...replies: Reply[]) {
  const { asked, fetch } = answering(...replies);
  vi.stubGlobal("fetch", fetch);
  return { asked, api: new Api("https://api.example.com/prod", async () => "a-token") };
}

test("a list is asked for page by page, with the token", async () => {
  const { api, asked } = apiThat([200, { items: [{ id: "1" }], nextToken: "x=" }], [200, { items: [] }]);
  const first = await api.list({ ...tickets, listBy: ["status"] }, { status: "open & new" });
  expect(first).toEqual({ items: [{ id: "1" }], nextToken: "x=" });
  expect(await api.list(tickets, {}, first.nextToken)).toEqual({ items: [], nextToken: "" });
  expect(asked.map(({ url }) => url)).toEqual([
    "https://api.example.com/prod/tickets?status=open+%26+new",
    "https://api.example.com/prod/tickets?nextToken=x%3D",
  ]);
  expect(asked[0]?.headers.get("Authorization")).toBe("Bearer a-token");
});

test("a create that is sent again after a failure has the same key, and the next one another", async () => {
  const { api, asked } = apiThat([503, {}], [201, { id: "1" }], [201, { id: "2" }]);
  await expect(api.create(tickets, {}, { seat: "A1" })).rejects.toThrow("The API answered 503.");
  await api.create(tickets, {}, { seat: "A1" });
  await api.create(tickets, {}, { seat: "A1" });
  const keys = asked.map(({ headers }) => headers.get("Idempotency-Key"));
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[1]);
});

test("a store that can't tell a create that is sent again gets no key", async () => {
  const { api, asked } = apiThat([201, { id: "1" }]);
  await api.create({ ...tickets, repeatable: false }, {}, {});
  expect(asked[0]?.headers.has("Idempotency-Key")).toBe(false);
});

test("an item is changed and deleted as it was read", async () => {
  const { api, asked } = apiThat(
    [200, { id: "1", etag: "e1" }, { ETag: 'W/"e1"' }],
    [200, { id: "1", etag: "e2" }],
    [204],
  );
  const item = await api.read(tickets, {}, "1");
  const changed = await api.update(tickets, {}, item, "1", { seat: "A2" });
  await api.delete(tickets, {}, changed, "1");
  expect(asked.map(({ method, headers }) => [method, headers.get("If-Match")])).toEqual([
    ["GET", null],
    ["PUT", '"e1"'],
    ["DELETE", '"e2"'],
  ]);
  expect(asked[1]?.body).toEqual({ seat: "A2" });
});

test("an ETag that stands in the header alone is sent back too", async () => {
  const { api, asked } = apiThat([200, { id: "1" }, { ETag: '"e1"' }], [204]);
  await api.delete(tickets, {}, await api.read(tickets, {}, "1"), "1");
  expect(asked[1]?.headers.get("If-Match")).toBe('"e1"');
});

test("an item that can only be listed is looked for", async () => {
  const pages: Reply[] = [
    [200, { items: [{ id: "1" }], nextToken: "n" }],
    [200, { items: [{ id: "2" }] }],
  ];
  const { api, asked } = apiThat(...pages);
  expect(await api.read(reviews, { bookId: "a/b" }, "2")).toEqual({ id: "2" });
  expect(asked[0]?.url).toBe("https://api.example.com/prod/books/a%2Fb/reviews");
});

test("what the API refuses is told in its words, with the request's id", async () => {
  const { api } = apiThat([412, { message: "The item has been changed", code: "changed", requestId: "r-1" }]);
  const error = await api.update(tickets, {}, {}, "1", {}).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 412 });
  expect(explained(error)).toEqual({ message: "The item has been changed", requestId: "r-1" });
});

test.each<[string, Reply]>([
  ["Slow down", [429, { title: "Too many", detail: "Slow down" }]],
  ["The API answered 502.", [502, "<html>"]],
  ["The API answered something else than JSON: is its address right?", [200, "<!doctype html>"]],
  ["The API answered something else than a list of items.", [200, { message: "hello" }]],
])("it is told that: %s", async (message, reply) => {
  const { api } = apiThat(reply);
  await expect(api.list(tickets, {})).rejects.toThrow(message);
});

test("it is told that nothing answers", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(new Api("", async () => "").list(tickets, {})).rejects.toThrow("can't be reached");
});

test("a call whose token is refused is made once more, with another", async () => {
  const { asked, fetch } = answering([401, {}], [200, { items: [] }]);
  vi.stubGlobal("fetch", fetch);
  const tokens = async (refused?: string) => (refused === "old" ? "new" : "old");
  await new Api("", tokens).list(tickets, {});
  expect(asked.map(({ headers }) => headers.get("Authorization"))).toEqual(["Bearer old", "Bearer new"]);
});

test("what stands in a path is encoded", () => {
  expect(pathOf(reviews, { bookId: "../x?" }, "a b")).toBe("/books/..%2Fx%3F/reviews/a%20b");
});
