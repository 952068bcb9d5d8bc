/** Connects to PostgreSQL, always over TLS; the server proves that it is the one that was named. */

import { readFileSync } from "node:fs";
import { checkServerIdentity } from "node:tls";

import pg from "pg";

/** @typedef {import("./database.mjs").Connection} Connection */

// The function has 28 seconds: a wait here ends early enough to tell the caller.
const CONNECT_SECONDS = 4;
const STATEMENT_SECONDS = 9;
const JSONB = 3802; // its number among PostgreSQL's types

/**
 * A new connection. What the server refuses is thrown as it comes.
 *
 * @param { {user: string, password: string} } credentials
 */
export async function connect({ user, password }) {
  const host = process.env.ORDERS_HOST ?? "";
  return connected({
    host,
    port: Number(process.env.ORDERS_PORT),
    database: process.env.ORDERS_DB_NAME,
    user,
    password,
    ssl: {
      ca: readFileSync(process.env.ORDERS_CA_BUNDLE ?? "", "utf8"),
      rejectUnauthorized: true,
      checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    },
    connectionTimeoutMillis: CONNECT_SECONDS * 1000,
    statement_timeout: STATEMENT_SECONDS * 1000,
    options: "-c timezone=UTC",
    query_timeout: (STATEMENT_SECONDS + 1) * 1000, // for a server that has fallen silent
  });
}

/**
 * @param {import("pg").ClientConfig} config
 * @returns {Promise<Connection>}
 */
export async function connected(config) {
  const client = new pg.Client({ ...config, types: { getTypeParser } });
  client.on("error", () => {}); // the next statement finds that the connection is gone
  await client.connect();
  return {
    async run(statement, parameters) {
      let number = 0;
      const text = statement.replace(/\?/g, () => `$${(number += 1)}`);
      const { rows, rowCount } = await client.query({ text, values: parameters, rowMode: "array" });
      return { rows, affected: rowCount ?? 0 };
    },
    end: () => client.end(),
  };
}

/** JSON stays text, as MySQL returns it. @type {import("pg").CustomTypesConfig["getTypeParser"]} */
function getTypeParser(type, format) {
  return type === JSONB ? String : pg.types.getTypeParser(type, format);
}

// Classes of SQLSTATE: the connection, its sign-in or its database, a transaction that was undone, no room, interrupted.
const LOST = ["08", "28", "3D", "40", "53", "54", "55", "57", "58"];

/** @param {unknown} error */
export function isTaken(error) {
  return sqlstate(error).startsWith("23");
}

/** @param {unknown} error */
export function isUnfit(error) {
  return sqlstate(error).startsWith("22");
}

/** @param {unknown} error */
export function isLost(error) {
  const state = sqlstate(error);
  return !state || LOST.includes(state.slice(0, 2));
}

/** @param {unknown} error */
export function isPasswordRefused(error) {
  return ["28000", "28P01"].includes(sqlstate(error));
}

/** What the server says of an error; "" if it is not the server that says it. @param {unknown} error */
function sqlstate(error) {
  return error instanceof pg.DatabaseError ? (error.code ?? "") : "";
}
