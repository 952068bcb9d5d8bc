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
}

/** What is wrong with an entry, for people. */
export class EntryError extends Error {
  constructor(
    message: string,
    readonly key: number,
  ) {
    super(message);
  }
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
  return { key: keys++, field: null, name: "", type: "text", text: "" };
}

/** The entries of a form for `item`, or for a new one: the fields that are known, then others that the item has. */
export function entriesOf(resource: Resource, item: Item = {}): Entry[] {
  const known = resource.fields.map((field): Entry => {
    const value = item[field.name];
    return { key: keys++, field, name: field.name, type: fits(field.type, value), text: textOf(value) };
  });
  const names = [...resource.fields.map((field) => field.name), ...resource.reserved];
  const others = Object.entries(item)
    .filter(([name]) => !names.includes(name))
    .map(([name, value]): Entry => ({ key: keys++, field: null, name, type: typeOf(value), text: textOf(value) }));
  const entries = [...known, ...others];
  return entries.length > 0 || !resource.open ? entries : [emptyEntry()];
}

/** What the API takes. Throws EntryError for the first entry that says nothing it could take. */
export function fieldsOf(resource: Resource, entries: readonly Entry[]): Item {
  const fields = new Map<string, unknown>();
  for (const entry of entries) {
    const name = entry.field ? entry.name : entry.name.trim();
    if (entry.field ? entry.text === "" && !keepsEmpty(entry.field) : name === "" && entry.text === "") {
      continue;
    }
    if (name === "") {
      throw new EntryError("This field has no name.", entry.key);
    }
    if (resource.reserved.includes(name)) {
      throw new EntryError(`The API sets ${name} itself: give the field another name.`, entry.key);
    }
    if (fields.has(name)) {
      throw new EntryError(`There are two fields with the name ${name}.`, entry.key);
    }
    fields.set(name, valueOf(entry));
  }
  return Object.fromEntries(fields);
}

function keepsEmpty(field: Field): boolean {
  return field.required && field.type === "text";
}

function valueOf(entry: Entry): unknown {
  const name = entry.field?.label ?? entry.name;
  switch (entry.type) {
    case "number":
      if (entry.text.trim() === "" || !Number.isFinite(Number(entry.text))) {
        throw new EntryError(`${name} has to be a number.`, entry.key);
      }
      return Number(entry.text);
    case "boolean":
      if (entry.text !== "true" && entry.text !== "false") {
        throw new EntryError(`${name} has to be yes or no.`, entry.key);
      }
      return entry.text === "true";
    case "json":
      try {
        return JSON.parse(entry.text);
      } catch {
        throw new EntryError(`${name} is not valid JSON.`, entry.key);
      }
    default:
      return entry.text;
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
