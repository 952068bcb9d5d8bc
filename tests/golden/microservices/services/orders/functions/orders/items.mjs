/** An item of orders: what the server gives it, and what a client may put into it. */

import { createHash, randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { Conflict, InvalidRequest } from "./errors.mjs";

/** @typedef {Record<string, any>} Item */
/** @typedef {Record<string, string>} Scope */

export const ID = "id";
export const UPDATED_AT = "updatedAt";
/** Of what a client has read: another one after every write. */
export const ETAG = "etag";
/**
 * Fields that say whose an item is. They come from the caller's token or the path, never from a body.
 *
 * @type {string[]}
 */
export const SCOPE = [];
/** What the server gives an item. */
export const RESERVED = new Set([ID, UPDATED_AT, ETAG, ...SCOPE]);

/** 32 hexadecimal digits: milliseconds, so that ids sort by age, then 80 random bits. */
export function newId() {
  return Date.now().toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
}

/**
 * The id of a new item: the same one for the same idempotency key, whoever sends it again; "" is none.
 *
 * @param {Scope} scope
 * @param {string} key
 */
export function idFor(scope, key) {
  if (!key) return newId();
  const named = JSON.stringify(["orders", ...SCOPE.map((name) => scope[name]), key]);
  return createHash("sha256").update(named).digest("hex").slice(0, 32);
}

/** 16 hexadecimal digits at random. */
export function newEtag() {
  return randomBytes(8).toString("hex");
}

/** This moment, to the millisecond, which is what every data store can keep. */
export function now() {
  return new Date();
}

/**
 * A client's `fields`.
 *
 * @param {Item} fields
 * @throws {InvalidRequest} if they hold what the server gives an item
 */
export function checked(fields) {
  const taken = Object.keys(fields).filter((name) => RESERVED.has(name)).sort();
  if (taken.length > 0) {
    throw new InvalidRequest(`The server sets ${taken.join(", ")}: leave it out of the body`);
  }
  return fields;
}

/**
 * `item`, which a request made that is being sent again, if it still holds the `fields` of that request.
 *
 * @param {Item} item
 * @param {Item} fields
 */
export function unchanged(item, fields) {
  const own = Object.entries(item).filter(([name]) => !RESERVED.has(name));
  if (!isDeepStrictEqual(Object.fromEntries(own), fields)) {
    throw new Conflict("The idempotency key stands for another item, or the item was changed since");
  }
  return item;
}
