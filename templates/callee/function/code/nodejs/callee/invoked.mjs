/**
 * What this function answers when another function calls it, rather than a client or an event.
 *
 * It is sent `{"invocation": payload}` (the caller's module invoke does so); clients of the API can't send that. The
 * caller has checked who asks: put into the payload what has to be known of that.
 */

import * as errors from "./errors.mjs";

/**
 * What the caller gets, as JSON has it. An error of errors.mjs is raised there again, with its message.
 *
 * @param {any} payload
 * @returns {Promise<any>}
 */
export async function answer(payload) {
  return (await work(payload)) ?? null;
}

/** The rules of the business belong here. @param {any} _ @returns {Promise<any>} */
async function work(_) {
  throw new errors.NotBuilt("Calls of this function are not built yet");
}
