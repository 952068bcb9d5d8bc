/** What is known of a resource of the API; resources.ts lists those of this page. */

export type Operation = "list" | "create" | "read" | "update" | "delete";

/** A property of items that the blueprint describes. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** What may be chosen, for fields of type `choice`. */
  readonly choices: readonly string[];
  readonly help: string;
}

export type FieldType = "text" | "number" | "boolean" | "choice" | "json";

export interface Resource {
  /** Its name in the blueprint, and in addresses of the page. */
  readonly name: string;
  readonly title: string;
  /** What one item is called. */
  readonly singular: string;
  /** The path of its collection, with {parameters}. */
  readonly path: string;
  /** The attribute that identifies an item. */
  readonly id: string;
  readonly operations: readonly Operation[];
  /** Parameters of the path of the collection: whose items they are. */
  readonly parameters: readonly string[];
  /** Parameters of the query without which there is no list. */
  readonly listBy: readonly string[];
  readonly fields: readonly Field[];
  /** Whether items may have other fields than these. */
  readonly open: boolean;
  /** Attributes that the API sets; it refuses them in a body. */
  readonly reserved: readonly string[];
  /** Whether the API knows a create that is sent again by its Idempotency-Key. */
  readonly repeatable: boolean;
  /** Whether it asks who calls. */
  readonly signIn: boolean;
}

export type Item = Readonly<Record<string, unknown>>;

/** Values of parameters of paths and queries, by name. */
export type Values = Readonly<Record<string, string>>;

/** The identifier of an item, "" if it has none. */
export function idOf(resource: Resource, item: Item): string {
  const id = item[resource.id];
  return typeof id === "string" || typeof id === "number" ? String(id) : "";
}

/** What an item is called in a list: its first text that is not the API's own, else its identifier. */
export function titleOf(resource: Resource, item: Item): string {
  const named = ["name", "title", ...resource.fields.map((field) => field.name), ...Object.keys(item)];
  const texts = named.filter((name) => !resource.reserved.includes(name)).map((name) => item[name]);
  const found = texts.find((value) => typeof value === "string" && value.trim() !== "");
  return typeof found === "string" ? found : idOf(resource, item) || resource.singular;
}

/** The fields of an item, in the order in which people read them: its own, then those of the API. */
export function attributesOf(resource: Resource, item: Item): [name: string, value: string][] {
  const known = resource.fields.map((field) => field.name).filter((name) => name in item);
  const others = Object.keys(item).filter((name) => !known.includes(name) && !resource.reserved.includes(name));
  const own = resource.reserved.filter((name) => name in item);
  return [...known, ...others, ...own].map((name) => [labelOf(resource, name), shown(item[name])]);
}

/** Whether a page shows one item: it can be read, or at least changed or deleted by its identifier. */
export function hasPages(resource: Resource): boolean {
  return resource.operations.some((operation) => ["read", "update", "delete"].includes(operation));
}

/** Whether items can be had from the API: one by one, or at least out of the list. */
export function canRead(resource: Resource): boolean {
  return resource.operations.some((operation) => operation === "read" || operation === "list");
}

/** Resources whose collections stand below an item of `resource`: /books/{bookId}/reviews below a book. */
export function below(resource: Resource, all: readonly Resource[]): Resource[] {
  const item = `${resource.path}/{${resource.id}}/`;
  return all.filter((other) => other.path.startsWith(item) && !other.path.slice(item.length).includes("{"));
}

/** `text` with a capital letter first. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function labelOf(resource: Resource, name: string): string {
  return resource.fields.find((field) => field.name === name)?.label ?? name;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
