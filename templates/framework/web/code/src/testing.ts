/** For the tests: resources of the usual kinds, and an API that answers what it is told to. */

import type { Resource } from "./resource";
import { resources } from "./resources";

export const tickets: Resource = {
  name: "tickets",
  title: "Tickets",
  singular: "ticket",
  path: "/tickets",
  id: "id",
  operations: ["list", "create", "read", "update", "delete"],
  parameters: [],
  listBy: [],
  fields: [],
  open: true,
  reserved: ["id", "owner", "updatedAt", "etag"],
  repeatable: true,
  signIn: false,
};

export const reviews: Resource = {
  ...tickets,
  name: "reviews",
  title: "Reviews",
  singular: "review",
  path: "/books/{bookId}/reviews",
  operations: ["list", "create"],
  parameters: ["bookId"],
};

export const books: Resource = {
  ...tickets,
  name: "books",
  title: "Books",
  singular: "book",
  path: "/books",
  id: "bookId",
};

const field = { type: "text", required: false, choices: [], help: "" } as const;

export const orders: Resource = {
  ...tickets,
  name: "orders",
  title: "Orders",
  singular: "order",
  path: "/orders",
  fields: [
    { ...field, name: "title", label: "Title", required: true, help: "What it is about" },
    { ...field, name: "state", label: "State", type: "choice", choices: ["open", "done"] },
    { ...field, name: "gift", label: "Gift", type: "boolean" },
    { ...field, name: "lines", label: "Lines", type: "json", help: "What is in it" },
  ],
  open: false,
};

/** Let the page show `others` in place of the application's resources. */
export function showing(others: readonly Resource[]): void {
  (resources as Resource[]).splice(0, Infinity, ...others);
}

/** What the API was asked, in order. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Reply = readonly [status: number, body?: unknown, headers?: Record<string, string>];

/** An API in place of `fetch`: it gives `replies` one after the other, and tells what it was asked. */
export function answering(...replies: Reply[]): { asked: Asked[]; fetch: typeof fetch } {
  const asked: Asked[] = [];
  const left = [...replies];
  return {
    asked,
    fetch: async (url, init) => {
      const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
      asked.push({ method: init?.method ?? "GET", url: String(url), headers: new Headers(init?.headers), body });
      const [status, said, headers] = left.shift() ?? [500, { message: "asked too often" }];
      const text = typeof said === "string" ? said : JSON.stringify(said);
      return new Response(said === undefined ? null : text, { status, headers: headers ?? {} });
    },
  };
}
