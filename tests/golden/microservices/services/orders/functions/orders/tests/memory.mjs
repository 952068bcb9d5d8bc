/** SQLite in the place of a server: Node.js has it built in from 22.13 on. */

import * as errors from "../errors.mjs";

/** @typedef {import("../database.mjs").Connection} Connection */

const CONSTRAINT = 19; // SQLite's primary result code, in the lowest byte of the extended ones

/** A database with one table, which the statement `table` makes. @param {string} table @returns {Promise<Connection>} */
export async function inMemory(table) {
  const { DatabaseSync } = await import("node:sqlite");
  const engine = new DatabaseSync(":memory:");
  engine.exec(table);
  return {
    async run(statement, parameters) {
      const values = parameters.map((value) => (value instanceof Date ? value.toISOString() : value));
      try {
        const rows = engine.prepare(statement).all(.../** @type {any[]} */ (values));
        const affected = Number(engine.prepare("SELECT changes() AS affected").get()?.affected);
        return { rows: rows.map((row) => Object.values(row).map(restored)), affected };
      } catch (/** @type {any} */ error) {
        throw (error.errcode & 0xff) === CONSTRAINT ? new errors.Conflict("An item with this id exists already") : error;
      }
    },
    end: async () => engine.close(),
  };
}

/** A moment comes back as the text that it was stored as. @param {unknown} value */
function restored(value) {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? new Date(value) : value;
}
