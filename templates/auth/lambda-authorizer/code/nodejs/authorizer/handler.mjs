/** Tells API Gateway who calls, or that nobody does whom we know. */

import { permission, refusal } from "./answers.mjs";
import { callerOf } from "./caller.mjs";
import { tokenOf } from "./credentials.mjs";
import { Refused } from "./errors.mjs";
import { verified } from "./tokens.mjs";

/**
 * What Lambda calls. Its console writes the request's id on every line.
 *
 * @param {Record<string, any>} event
 */
export async function handler(event) {
  try {
    return permission(event, callerOf(await verified(tokenOf(event))));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.info("refused: %s", error.message);
    return refusal(event);
  }
}
