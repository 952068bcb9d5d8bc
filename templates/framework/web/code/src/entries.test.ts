import { expect, test } from "vitest";

import { emptyEntry, entriesOf, type Entry, fieldsOf, type Part, retyped } from "./entries";
import type { Field, Resource } from "./resource";
import { tickets } from "./testing";

const field = (name: string, more: Partial<Field> = {}): Field => ({
  name,
  label: name,
  type: "text",
  required: false,
  choices: [],
  help: "",
  ...more,
});
const described: Resource = {
  ...tickets,
  fields: [field("seat", { required: true }), field("price", { type: "number" }), field("paid", { type: "boolean" })],
};
const entry = (more: Partial<Entry>): Entry => ({ ...emptyEntry(), ...more });

test("an item comes out of its form as it went in, without what the API sets", () => {
  const item = { id: "1", etag: "e", seat: "A1", price: 12.5, paid: false, tags: ["x"], note: null, __proto__x: 1 };
  const { id: _, etag: __, ...own } = item;
  expect(fieldsOf(described, entriesOf(described, item))).toEqual({ fields: own, faults: [] });
  expect(fieldsOf(tickets, entriesOf(tickets, item))).toEqual({ fields: own, faults: [] });
});

test("a new form has the fields that are known, or an empty one to begin with", () => {
  expect(entriesOf(described).map(({ name }) => name)).toEqual(["seat", "price", "paid"]);
  expect(entriesOf(tickets)).toHaveLength(1);
  expect(fieldsOf(tickets, entriesOf(tickets))).toEqual({ fields: {}, faults: [] });
});

test("a text that looks like something else stays a text", () => {
  expect(fieldsOf(tickets, [entry({ name: "seat", text: "12" })]).fields).toEqual({ seat: "12" });
});

test("an entry has several lines from the beginning, or when it gets a type that needs them", () => {
  const [short, long, tags] = entriesOf(tickets, { seat: "A1", note: "one\ntwo", tags: [] });
  expect([short, long, tags].map((each) => each?.severalLines)).toEqual([false, true, true]);
  const typed = entry({ type: "json", text: "one\ntwo" });
  expect(retyped(typed, "text")).toEqual({ type: "text", severalLines: true });
  expect(retyped(typed, "number")).toEqual({ type: "number", severalLines: false });
});

test("a field that holds something else than is known of it is edited as JSON", () => {
  expect(entriesOf(described, { price: "free" })[1]).toMatchObject({ type: "json" });
});

test.each<[string, Part, Partial<Entry>]>([
  ["This field has no name.", "name", { text: "A1" }],
  ["The API sets owner itself: give the field another name.", "name", { name: " owner ", text: "me" }],
  ["price has to be a number.", "value", { name: "price", type: "number", text: "1,5" }],
  ["paid has to be yes or no.", "value", { name: "paid", type: "boolean" }],
  ["tags is not valid JSON.", "value", { name: "tags", type: "json", text: "[" }],
])("it is told that: %s (at its %s)", (message, part, said) => {
  const wrong = entry(said);
  expect(fieldsOf(tickets, [wrong]).faults).toEqual([{ key: wrong.key, part, message }]);
});

test("everything that is wrong is told at once, in the order of the form", () => {
  const first = entry({ name: "seat", type: "number", text: "A1" });
  const again = entry({ name: "seat", text: "A2" });
  expect(fieldsOf(tickets, [entry({ name: "row" }), first, again]).faults).toEqual([
    { key: first.key, part: "value", message: "seat has to be a number." },
    { key: again.key, part: "name", message: "There are two fields with the name seat." },
  ]);
});
