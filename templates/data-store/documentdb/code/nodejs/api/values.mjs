/**
 * What clients send, as the cluster keeps it and back: numbers exactly, names that are no operators.
 *
 * A dot in a name would be a way into a document, and a dollar an operator: they are kept as %2E and %24. A number that
 * another program wrote with more digits than a double has is rounded when it is read.
 */

import { Decimal128, Long } from "mongodb";

/**
 * A value of JSON as one of BSON. Objects become maps: the driver takes no name in a map for a mark of its own types.
 *
 * @param {any} value
 * @returns {any}
 */
export function stored(value) {
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).map(([name, each]) => [escaped(name), stored(each)]));
  }
  // A whole number that needs more than 32 bits would become a double.
  return Number.isSafeInteger(value) && (value | 0) !== value ? Long.fromNumber(value) : value;
}

/** The value of JSON that `stored` made this one of. @param {any} value @returns {any} */
export function shown(value) {
  if (Array.isArray(value)) return value.map(shown);
  if (value instanceof Long || value instanceof Decimal128) return Number(value.toString());
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [unescaped(name), shown(each)]));
}

/** @param {string} name */
function escaped(name) {
  return name.replace(/[%.$]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param {string} name */
function unescaped(name) {
  return name.replace(/%(25|2E|24)/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}
