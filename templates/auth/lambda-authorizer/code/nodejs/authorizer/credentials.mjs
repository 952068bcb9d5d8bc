/** Where an event of API Gateway has the caller's token. */

import { Refused } from "./errors.mjs";

/**
 * The token that a request carries, without the word Bearer.
 *
 * @param {Record<string, any>} event
 * @throws {Refused} where there is none
 */
export function tokenOf(event) {
  const words = valueIn(event).trim().split(/ +/);
  const token = words.pop();
  if (!token || !["", "bearer"].includes(words.join(" ").toLowerCase())) throw new Refused("there is no bearer token");
  return token;
}

/** @param {Record<string, any>} event */
function valueIn(event) {
  if ("authorizationToken" in event) return String(event.authorizationToken ?? ""); // a TOKEN authorizer
  const [, kind, wanted] = /^(\w+)\.(.*)$/.exec(process.env.TOKEN_SOURCE ?? "") ?? [];
  const values = Object.entries((kind === "header" ? event.headers : event.queryStringParameters) ?? {});
  // Clients write names of headers as they like; those of parameters are exact.
  const same = (/** @type {string} */ name) =>
    kind === "header" ? name.toLowerCase() === wanted.toLowerCase() : name === wanted;
  return String(values.find(([name]) => same(name))?.[1] ?? "");
}
