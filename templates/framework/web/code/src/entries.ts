/** Forms: an item's fields as entries that people edit, and entries as the fields that the API takes. */

import type { Field, FieldType, Item, Resource } from "./resource";

export interface Entry {
  /** Tells entries apart, whatever their names are. */
  readonly key: number;
  /** What the blueprint says of it; null for a field that people have named. */
  readonly field: Field | null;
  readonly name: string;
  readonly type: FieldType;
  readonly text: string;
  /** Whether its input has several lines. It stays as it is while people type: they would lose the focus with it. */
  readonly severalLines: boolean;
}

/** Which input of an entry. */
export type Part = "name" | "type" | "value";

/** What is wrong with an entry, for people. */
export interface Fault {
  /** The entry's. */
  readonly key: number;
  readonly part: Part;
  readonly message: string;
}

/** The types that the field of an entry may be given by hand. */
export const TYPES: readonly (readonly [FieldType, string])[] = [
  ["text", "Text"],
  ["number", "Number"],
  ["boolean", "Yes or no"],
  ["json", "JSON"],
];

let keys = 0;

/** An empty entry for a field that has no name yet. */
export function emptyEntry(): Entry {
  return entryOf(null, "", "text", "");
}

/** The entries of a form for `item`, or for a new one: the fields that are known, then others that the item has. */
export function entriesOf(resource: Resource, item: Item = {}): Entry[] {
  const known = resource.fields.map((field) => {
    const value = item[field.name];
    return entryOf(field, field.name, fits(field.type, value), textOf(value));
  });
  const names = [...resource.fields.map((field) => field.name), ...resource.reserved];
  const others = Object.entries(item)
    .filter(([name]) => !names.includes(name))
    .map(([name, value]) => entryOf(null, name, typeOf(value), textOf(value)));
  const entries = [...known, ...others];
  return entries.length > 0 || !resource.open ? entries : [emptyEntry()];
}

/** What is different about an entry that is given another type. */
export function retyped(entry: Entry, type: FieldType): Pick<Entry, "type" | "severalLines"> {
  return { type, severalLines: hasSeveralLines(type, entry.text) };
}

/** What the API takes, and what is wrong with the entries that say nothing it could take: one fault for each. */
export function fieldsOf(resource: Resource, entries: readonly Entry[]): { fields: Item; faults: readonly Fault[] } {
  const fields = new Map<string, unknown>();
  const faults: Fault[] = [];
  for (const entry of entries.filter(saysSomething)) {
    const name = nameOf(entry);
    const misnamed = wrongName(name, resource, fields);
    const { value, wrong } = valueOf(entry);
    if (misnamed) {
      faults.push({ key: entry.key, part: "name", message: misnamed });
    } else if (wrong) {
      faults.push({ key: entry.key, part: "value", message: wrong });
    }
    fields.set(name, value);
  }
  return { fields: Object.fromEntries(fields), faults };
}

function entryOf(field: Field | null, name: string, type: FieldType, text: string): Entry {
  return { key: keys++, field, name, type, text, severalLines: hasSeveralLines(type, text) };
}

function hasSeveralLines(type: FieldType, text: string): boolean {
  return type === "json" || (type === "text" && text.includes("\n"));
}

function nameOf(entry: Entry): string {
  return entry.field ? entry.name : entry.name.trim();
}

function saysSomething(entry: Entry): boolean {
  const { field, text } = entry;
  return text !== "" || (field ? field.required && field.type === "text" : nameOf(entry) !== "");
}

function wrongName(name: string, resource: Resource, taken: ReadonlyMap<string, unknown>): string | undefined {
  if (name === "") {
    return "This field has no name.";
  }
  if (resource.reserved.includes(name)) {
    return `The API sets ${name} itself: give the field another name.`;
  }
  return taken.has(name) ? `There are two fields with the name ${name}.` : undefined;
}

function valueOf(entry: Entry): { value?: unknown; wrong?: string } {
  const { text, type } = entry;
  const name = entry.field?.label ?? nameOf(entry);
  switch (type) {
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text))
        ? { value: Number(text) }
        : { wrong: `${name} has to be a number.` };
    case "boolean":
      return text === "true" || text === "false"
        ? { value: text === "true" }
        : { wrong: `${name} has to be yes or no.` };
    case "json":
      try {
        return { value: JSON.parse(text) };
      } catch {
        return { wrong: `${name} is not valid JSON.` };
      }
    default:
      return { value: text };
  }
}

/** The type of a known field, or JSON where an item holds something else there. */
function fits(type: FieldType, value: unknown): FieldType {
  const alike = type === "choice" ? "text" : type;
  return value === undefined || type === "json" || typeOf(value) === alike ? type : "json";
}

function typeOf(value: unknown): FieldType {
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return "json";
  }
}

function textOf(value: unknown): string {
  if (value === undefined) {
    return "";
  }
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
