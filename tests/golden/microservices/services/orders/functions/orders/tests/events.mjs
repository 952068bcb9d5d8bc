/** Makes the events that API Gateway sends; proxy.mjs knows their form. */

import { proxyEvent } from "./proxy.mjs";

/**
 * A caller who may use every route, the items above those of the tests, and what both make of a key.
 *
 * @type {Record<string, string>}
 */
const CLAIMS = {"userArn": "ann"};
const CLAIMS_AT = ["identity"];
/** @type {Record<string, string>} */
const PARENTS = {};
/** @type {Record<string, string>} */
export const SCOPE = {};

/**
 * @typedef {object} More
 * @property {Record<string, string>} [path]
 * @property {Record<string, string>} [query]
 * @property {unknown} [body] a string is sent as it is
 * @property {Record<string, string | null>} [claims] those that differ; null takes one away
 * @property {Record<string, string>} [headers]
 */

/**
 * The event of one request.
 *
 * @param {string} method
 * @param {string} resource
 * @param {More} [more]
 */
export function apiEvent(method, resource, { path = {}, query, body, claims = {}, headers } = {}) {
  const parameters = { ...PARENTS, ...path };
  const typed = Object.entries(parameters).reduce((text, [name, value]) => text.replace(`{${name}}`, value), resource);
  const carried = Object.entries({ ...CLAIMS, ...claims }).filter(([, value]) => value !== null);
  /** @type {Record<string, any>} */
  const own = Object.fromEntries(carried);
  const caller = CLAIMS_AT.reduceRight((inner, step) => ({ [step]: inner }), own);
  const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
  return proxyEvent({ method, resource, typed, parameters, query, headers, body: text, caller });
}
