/** What API Gateway wants to hear: a policy (REST API), or yes and no (HTTP API, payload 2.0). */

import { Unauthorized } from "./errors.mjs";

/**
 * The caller may call; handlers get `caller`, and decide what belongs to whom.
 *
 * @param {Record<string, any>} event
 * @param {Record<string, string>} caller
 */
export function permission(event, caller) {
  if (isHttp(event)) return { isAuthorized: true, context: caller };
  const statement = { Effect: "Allow", Action: "execute-api:Invoke", Resource: [everyMethod(event.methodArn)] };
  return {
    principalId: caller.sub,
    policyDocument: { Version: "2012-10-17", Statement: [statement] },
    context: caller,
  };
}

/**
 * Nobody whom we know.
 *
 * @param {Record<string, any>} event
 * @throws {Unauthorized} where that is how API Gateway wants to hear it
 */
export function refusal(event) {
  if (isHttp(event)) return { isAuthorized: false };
  throw new Unauthorized();
}

/** @param {Record<string, any>} event */
function isHttp(event) {
  return event.version === "2.0";
}

/**
 * All methods of the stage that a method is in.
 *
 * API Gateway keeps the policy and uses it for the caller's next requests too: one that named only the method asked for
 * would refuse the caller all others.
 *
 * @param {string} methodArn
 */
function everyMethod(methodArn) {
  const [api, stage] = methodArn.split("/");
  return `${api}/${stage}/*/*`;
}
