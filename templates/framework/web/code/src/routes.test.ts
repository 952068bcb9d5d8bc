import { expect, test } from "vitest";

import { hrefOf, missing, type Route, routeOf } from "./routes";
import { reviews, tickets } from "./testing";

const known = [tickets, reviews];
const routes: [string, Route][] = [
  ["/", { view: "home" }],
  ["/tickets", { view: "list", resource: tickets, values: {} }],
  ["/tickets?new", { view: "new", resource: tickets, values: {} }],
  ["/tickets/new", { view: "item", resource: tickets, values: {}, id: "new" }],
  ["/tickets/a%2Fb%2Ec%3F", { view: "item", resource: tickets, values: {}, id: "a/b.c?" }],
  ["/tickets/1?edit", { view: "edit", resource: tickets, values: {}, id: "1" }],
  ["/reviews?new&bookId=a+b", { view: "new", resource: reviews, values: { bookId: "a b" } }],
];

test.each(routes)("%s is an address of its own", (href, route) => {
  expect(routeOf(new URL(href, "https://www.example.com"), known)).toEqual(route);
  expect(hrefOf(route)).toBe(href);
});

test.each(["/nothing", "/tickets/1/2", "/%E0%A4%A/1"])("%s is none", (href) => {
  expect(routeOf(new URL(href, "https://www.example.com"), known)).toEqual({ view: "unknown" });
});

test("a list that stands below something asks what that is", () => {
  expect(missing(reviews, {})).toEqual(["bookId"]);
  expect(missing({ ...reviews, listBy: ["stars"] }, { bookId: "1" })).toEqual(["stars"]);
});
