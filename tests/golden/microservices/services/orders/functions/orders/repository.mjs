/**
 * Items of orders in a relational database: the only file that knows the table.
 *
 * Every statement names the columns that say whose an item is, and takes its values as parameters.
 * How many rows it touched tells whether the item was there.
 */

import * as database from "./database.mjs";
import { dumps } from "./documents.mjs";
import * as errors from "./errors.mjs";
import * as items from "./items.mjs";

/** @typedef {import("./items.mjs").Item} Item */
/** @typedef {import("./items.mjs").Scope} Scope */

const LIST = `
  SELECT "id", "data", "etag", "updated_at"
  FROM "orders"
  WHERE "id" > ?
  ORDER BY "id"
  LIMIT ?
`;

const CREATE = `
  INSERT INTO "orders"
    ("id", "data", "etag", "updated_at")
  VALUES (?, ?, ?, ?)
`;

const READ = `
  SELECT "id", "data", "etag", "updated_at"
  FROM "orders"
  WHERE "id" = ?
`;

/**
 * Up to `limit` items after the id `after`, and where to go on ("" at the end).
 *
 * @param {Scope} scope
 * @param {number} limit
 * @param {string} after
 */
export async function listPage(scope, limit, after) {
  // One more than asked for tells whether there is a next page.
  const { rows } = await database.run(LIST, [...keyOf(scope), after, limit + 1]);
  const page = rows.slice(0, limit).map(itemOf);
  return { items: page, next: rows.length > limit ? String(page[limit - 1][items.ID]) : "" };
}

/**
 * Store a new item; the primary key keeps it from ever taking the place of another.
 *
 * @param {Scope} scope
 * @param {string} itemId
 * @param {Item} fields
 */
export async function create(scope, itemId, fields) {
  const updatedAt = items.now();
  const etag = items.newEtag();
  try {
    await database.run(CREATE, [...keyOf(scope), itemId, dumps(fields), etag, updatedAt]);
  } catch (error) {
    const found = error instanceof errors.Conflict ? await find(scope, itemId) : undefined;
    throw found ? new errors.Exists(found) : error; // it may have been deleted in between
  }
  return shown(itemId, fields, etag, updatedAt);
}

/**
 * The item with this id.
 *
 * @param {Scope} scope
 * @param {string} itemId
 */
export async function read(scope, itemId) {
  const found = await find(scope, itemId);
  if (!found) throw missing();
  return found;
}

/** @param {Scope} scope @param {string} itemId @returns {Promise<Item | undefined>} */
async function find(scope, itemId) {
  const { rows } = await database.run(READ, [...keyOf(scope), itemId]);
  return rows.map(itemOf)[0];
}

/** A row, as clients see it: without the columns that say whose it is. @param {any[]} row */
function itemOf([itemId, data, etag, updatedAt]) {
  return shown(itemId, JSON.parse(data), etag, updatedAt);
}

/** @param {string} itemId @param {Item} fields @param {string} etag @param {Date} updatedAt @returns {Item} */
function shown(itemId, fields, etag, updatedAt) {
  return { [items.ID]: itemId, ...fields, [items.UPDATED_AT]: updatedAt.toISOString(), [items.ETAG]: etag };
}

/** @param {Scope} scope */
function keyOf(scope) {
  return items.SCOPE.map((name) => scope[name]);
}

function missing() {
  return new errors.NotFound("There is no such order");
}
