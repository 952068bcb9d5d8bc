/**
 * An empty table for every test, on a real server or in memory.
 *
 * With `TEST_DATABASE_URL` set, statements run on that server, in a table made by the project's own migrations. Without
 * it they run in SQLite, which knows all the SQL that the repository uses: quick, and true to what the statements mean,
 * but not to the types and errors of the real engine.
 */

import { readdir, readFile } from "node:fs/promises";
import { after } from "node:test";

import * as database from "../database.mjs";
import { dumps } from "../documents.mjs";
import * as items from "../items.mjs";
import { SCOPE } from "./events.mjs";
import { inMemory } from "./memory.mjs";
import { emptyDatabase } from "./server.mjs";

const MIGRATIONS = new URL("../../../migrations/orders/", import.meta.url);
const TABLE = `
  CREATE TABLE "orders" (
    "id" text NOT NULL,
    "data" text NOT NULL,
    "etag" text NOT NULL,
    "updated_at" timestamp NOT NULL,
    PRIMARY KEY ("id")
  )
`;
const ADD = `
  INSERT INTO "orders"
    ("id", "data", "etag", "updated_at")
  VALUES (?, ?, ?, ?)
`;
const GET = `
  SELECT "id", "data", "etag", "updated_at"
  FROM "orders"
  WHERE "id" = ?
`;

after(database.close); // an open connection keeps the tests' process from its end

/** Take away all items. */
export async function empty() {
  await database.close();
  const url = process.env.TEST_DATABASE_URL;
  database.use(url ? await emptyDatabase(url, await migrations()) : await inMemory(TABLE));
}

/** Put an item there for the caller of the tests; its id. @param {Record<string, any>} fields */
export async function add(fields) {
  const id = items.newId();
  await database.run(ADD, [...Object.values(SCOPE), id, dumps(fields), items.newEtag(), items.now()]);
  return id;
}

/** The fields of the caller's item, {} if there is none. @param {string} id @returns {Promise<Record<string, any>>} */
export async function get(id) {
  const { rows } = await database.run(GET, [...Object.values(SCOPE), id]);
  return rows.length > 0 ? JSON.parse(rows[0][1]) : {};
}

async function migrations() {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(names.map((name) => readFile(new URL(name, MIGRATIONS), "utf8")));
}
