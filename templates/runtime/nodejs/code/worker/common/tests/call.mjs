/** Runs the function as Lambda would, with the events of its trigger. */

import { CONTEXT } from "./lambda.mjs";

/** What the handler tells Lambda of an event. @param {Record<string, any>} event @returns {Promise<any>} */
export async function call(event) {
  const { handler } = await import("../handler.mjs");
  return handler(event, CONTEXT);
}
