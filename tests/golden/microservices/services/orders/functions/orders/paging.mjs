/**
 * Pages of a list: `?limit=` and `?nextToken=` in, `{"items": [...], "nextToken": "..."}` out.
 *
 * A token says where the last item of the page stands, and nothing else. Whose items they are is worked
 * out anew from every request, so that a token, however it is forged, never leads to someone else's.
 */

import { InvalidRequest } from "./errors.mjs";
import { printable } from "./request.mjs";

/** @typedef {import("./request.mjs").Request} Request */

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;
const MAX_POSITION_BYTES = 4096; // an id, and what an index sorts by

/**
 * How many items a page may have, and where it starts after ("" is the start).
 *
 * @param {Request} request
 * @returns {[limit: number, after: string]}
 */
export function bounds(request) {
  return [limitOf(request.query("limit")), positionOf(request.query("nextToken"))];
}

/**
 * The body of an answer: `next` is where to go on after, "" where the list ends.
 *
 * @param {{items: Record<string, any>[], next: string}} found
 */
export function page({ items, next }) {
  if (!next) return { items };
  return { items, nextToken: Buffer.from(JSON.stringify({ after: next })).toString("base64url") };
}

/** @param {string} text */
function limitOf(text) {
  if (!text) return DEFAULT_LIMIT;
  const limit = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new InvalidRequest(`limit must be a number from 1 to ${MAX_LIMIT}`);
  }
  return limit;
}

/** @param {string} token */
function positionOf(token) {
  if (!token) return "";
  const after = decoded(token)?.after;
  const known = typeof after === "string" && after !== "" && printable(after);
  if (!known || Buffer.byteLength(after) > MAX_POSITION_BYTES) {
    throw new InvalidRequest("nextToken is not valid");
  }
  return after;
}

/**
 * @param {string} token
 * @returns {any} what it holds; null if it is none
 */
function decoded(token) {
  if (!/^[\w-]+={0,2}$/.test(token)) return null;
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    return null;
  }
}
