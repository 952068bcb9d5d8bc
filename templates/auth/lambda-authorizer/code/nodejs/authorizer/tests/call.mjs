/** Runs the authorizer as Lambda would, without AWS: no test may open a connection to elsewhere. */

import net from "node:net";

import { VARIABLES } from "./provider.mjs";

delete process.env.AWS_PROFILE;
Object.assign(process.env, { TOKEN_SOURCE: "header.Authorization", GROUPS_CLAIM: "groups", ...VARIABLES });

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (/** @type {any[]} */ ...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  if (options?.host && !LOOPBACK.includes(options.host)) {
    throw new Error(`a test tried to connect to ${options.host}`);
  }
  return Reflect.apply(connect, this, given);
};

/** What the authorizer tells API Gateway. @param {Record<string, any>} event @returns {Promise<Record<string, any>>} */
export async function call(event) {
  const { handler } = await import("../handler.mjs");
  return handler(event);
}

/** Whether somebody with this token is kept out. @param {Record<string, any>} event */
export async function refused(event) {
  try {
    await call(event);
    return false;
  } catch (error) {
    if (error instanceof Error && error.message === "Unauthorized") return true;
    throw error;
  }
}
