/** What every answer has in common: its form, its headers and the form of an error. */

import { dumps } from "./documents.mjs";

/** @typedef {import("./errors.mjs").ApiError} ApiError */
/** @typedef {{statusCode: number, headers: Record<string, string>, body: string, isBase64Encoded: false}} Reply */

const EXPOSED = "ETag, Location, Retry-After"; // what else a browser lets a page read

/**
 * An answer in the form that API Gateway takes.
 *
 * @param {number} status
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Reply}
 */
export function reply(status, body, headers = {}) {
  const text = body === undefined ? "" : dumps(body);
  /** @type {Record<string, string>} */
  const mediaType = text ? { "Content-Type": "application/json" } : {};
  return {
    statusCode: status,
    headers: { ...mediaType, ...headersWith(headers) },
    body: text,
    isBase64Encoded: false,
  };
}

/**
 * An error of errors.mjs, answered with its own status and message.
 *
 * @param {ApiError} error
 * @param {string} requestId
 */
export function refusal(error, requestId) {
  const code = error.code ? { code: error.code } : {};
  return reply(error.status, { message: error.message, ...code, requestId }, error.headers);
}

/**
 * The header with what a client sends back as `If-Match`; none where another program wrote the item.
 *
 * @param {Record<string, any>} item
 * @returns {Record<string, string>}
 */
export function etagOf(item) {
  return item.etag ? { ETag: `"${item.etag}"` } : {};
}

/**
 * The headers of an answer. `ALLOWED_ORIGIN` is set where browsers of another origin may call.
 *
 * @param {Record<string, string>} more
 */
function headersWith(more) {
  const headers = { "X-Content-Type-Options": "nosniff", ...more };
  const origin = process.env.ALLOWED_ORIGIN;
  if (!origin) return headers;
  return {
    ...headers,
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": EXPOSED,
    Vary: "Origin",
  };
}
