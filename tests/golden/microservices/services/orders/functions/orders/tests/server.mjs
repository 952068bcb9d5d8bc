/**
 * A real PostgreSQL for the tests: `TEST_DATABASE_URL=postgresql://user:password@host/database`.
 *
 * One that wants TLS and vouches for itself: `?sslmode=no-verify` behind it.
 */

import { connected } from "../connection.mjs";

const SCHEMA = "handler_tests";

/**
 * A connection to a schema of the tests' own, with the tables that `migrations` make.
 *
 * @param {string} url
 * @param {string[]} migrations
 */
export async function emptyDatabase(url, migrations) {
  const setup = await connected({ connectionString: url });
  for (const statement of [`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`, `CREATE SCHEMA ${SCHEMA}`]) {
    await setup.run(statement, []);
  }
  await setup.end();
  const connection = await connected({ connectionString: url, options: `-c timezone=UTC -c search_path=${SCHEMA}` });
  for (const text of migrations) {
    for (const statement of text.split(/;\s*$/m)) {
      if (statement.trim()) await connection.run(statement, []);
    }
  }
  return connection;
}
