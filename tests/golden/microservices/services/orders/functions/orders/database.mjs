/**
 * One connection, kept as long as Lambda keeps the execution environment, and statements on it.
 *
 * Every statement is a transaction of its own. None is sent twice: a write whose answer got lost may
 * have happened.
 */

import { connect, isLost, isPasswordRefused, isTaken, isUnfit } from "./connection.mjs";
import * as credentials from "./credentials.mjs";
import * as errors from "./errors.mjs";

/** @typedef { {rows: any[][], affected: number} } Result */
/**
 * @typedef {object} Connection
 * @property {(statement: string, parameters: unknown[]) => Promise<Result>} run
 * @property {() => Promise<void>} end
 */

/** @type {Connection | undefined} */
let kept;

/**
 * Run one statement, in which `?` stands for each parameter. What the database refuses is thrown as one of our errors.
 *
 * @param {string} statement
 * @param {unknown[]} parameters
 * @returns {Promise<Result>}
 */
export async function run(statement, parameters) {
  try {
    return await (await connection()).run(statement, parameters);
  } catch (error) {
    if (error instanceof errors.ApiError) throw error;
    if (isTaken(error)) throw new errors.Conflict("An item with this id exists already");
    if (isUnfit(error)) throw new errors.InvalidRequest("The item holds a value that can't be stored");
    if (!isLost(error)) throw error;
    await close();
    throw new errors.Unavailable({ cause: error });
  }
}

/** Let go of the connection; the next statement opens a new one. */
export async function close() {
  const last = kept;
  kept = undefined;
  await last?.end().catch(() => {}); // it may be dead already
}

/** The connection that statements run on from now on. @param {Connection} given */
export function use(given) {
  kept = given;
}

async function connection() {
  if (kept && !(await alive(kept))) await close();
  kept ??= await open();
  return kept;
}

/** Ask the server: since the last request Lambda may have been frozen for many minutes. @param {Connection} given */
async function alive(given) {
  try {
    await given.run("SELECT 1", []);
    return true;
  } catch {
    return false;
  }
}

async function open() {
  try {
    return await connect(await credentials.current());
  } catch (error) {
    if (!isPasswordRefused(error)) throw error;
    // The password was rotated after we had read it.
    credentials.forget();
    return connect(await credentials.current());
  }
}
