/** What handlers learn of a caller: claims as flat text, which is all that API Gateway hands on. */

import { Refused } from "./errors.mjs";

/** @typedef {Record<string, any>} Claims */

const CLAIM = /^[A-Za-z][A-Za-z0-9_:.-]{0,59}$/;
const NAME = /^[^\s,[\]]{1,256}$/; // of a group or scope: handlers split the list at every other character
const MAX_TEXT = 1024;
const TAKEN = ["principalId", "integrationLatency"]; // by API Gateway itself

/**
 * The claims that are a text, a number or a boolean, and the lists `groups` and `scope`.
 *
 * @param {Claims} claims
 * @returns {Record<string, string>}
 * @throws {Refused} if they don't say who calls
 */
export function callerOf(claims) {
  if (typeof claims.sub !== "string" || !claims.sub) throw new Refused("the token has no subject");
  const plain = Object.entries(claims).filter(([name, value]) => canPass(name, value));
  const scopes = claims.scope ?? claims.scp;
  const groups = claims[process.env.GROUPS_CLAIM ?? ""];
  return {
    ...Object.fromEntries(plain.map(([name, value]) => [name, String(value)])),
    scope: names(typeof scopes === "string" ? scopes.split(/\s+/) : scopes).join(" "),
    groups: names(typeof groups === "string" ? [groups] : groups).join(","),
  };
}

/** @param {string} name @param {unknown} value */
function canPass(name, value) {
  const flat = ["string", "number", "boolean"].includes(typeof value);
  return flat && CLAIM.test(name) && !TAKEN.includes(name) && String(value).length <= MAX_TEXT;
}

/** @param {unknown} values @returns {string[]} */
function names(values) {
  return Array.isArray(values) ? values.filter((value) => typeof value === "string" && NAME.test(value)) : [];
}
