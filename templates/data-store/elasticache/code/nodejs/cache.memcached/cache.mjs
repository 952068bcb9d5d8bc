/** What cached.mjs asks of a cache, as Memcached does it. */

import { run } from "./memcached-client.mjs";

/** The value under a key, or null. @param {string} key */
export async function get(key) {
  return (await run((client) => client.get(key)))?.value ?? null;
}

/**
 * Put a value where there is none; whether there was none.
 *
 * @param {string} key
 * @param {string} value
 * @param {number} seconds
 */
export async function add(key, value, seconds) {
  return run((client) => client.add(key, value, seconds));
}

/**
 * Put the value `next` where `last` still is: the server compares, by the number of the last change.
 *
 * @param {string} key
 * @param {string} last
 * @param {string} next
 * @param {number} seconds
 */
export async function swap(key, last, next, seconds) {
  const there = await run((client) => client.get(key));
  if (there?.value === last) await run((client) => client.cas(key, next, there.change, seconds));
}

/** Forget what is under the keys. @param {string[]} keys */
export async function remove(...keys) {
  for (const key of keys) await run((client) => client.delete(key));
}
