/** Runs the function as Lambda would, with API Gateway's events. */

import assert from "node:assert/strict";

import { CONTEXT } from "./lambda.mjs";

/**
 * The handler's answer to an event, checked for API Gateway's form; `body` is what its JSON stands for.
 *
 * @param {Record<string, any>} event
 * @returns {Promise<{status: number, headers: Record<string, string>, body: any, text: string}>}
 */
export async function call(event) {
  const { handler } = await import("../handler.mjs");
  const { statusCode, headers, body } = await handler(event, CONTEXT);
  assert(Number.isInteger(statusCode));
  assert.equal(typeof body, "string");
  return { status: statusCode, headers, body: body ? JSON.parse(body) : undefined, text: body };
}
