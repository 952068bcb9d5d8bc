/**
 * Engine not real: connections of tedious and oracledb that lead to the tests (tests/support/engines/bridge.py), which read each
 * statement as its dialect and run it on another engine. Of the drivers, what talks to a server is replaced.
 *
 * Loaded before a function (driver.mjs).
 */

import { createRequire } from "node:module";
import tls from "node:tls";
import { pathToFileURL } from "node:url";

const address = process.env.BRIDGE;
const { resolve } = createRequire(process.argv[2]);
const driver = (name) => import(pathToFileURL(resolve(name)).href);

/** Ask the tests; a moment is {moment: its text} on the way. */
async function ask(what) {
  const answer = await fetch(address, { method: "POST", body: JSON.stringify(what) });
  return JSON.parse(await answer.text(), (_, value) => (value?.moment ? new Date(value.moment) : value));
}

const sent = (values) => values.map((value) => (value instanceof Date ? { moment: value.toISOString() } : value));

const { Connection, ConnectionError, RequestError } = await driver("tedious");
Object.assign(Connection.prototype, {
  async connect(done) {
    const { server, authentication, options } = this.config;
    const { id, error } = await ask({ server, ...authentication.options, ...options });
    this.id = id;
    done(error && new ConnectionError(error.message, error.number === 18456 ? "ELOGIN" : "ESOCKET"));
  },

  async execSql(request) {
    const values = sent(request.parameters.map(({ value }) => value));
    const { error, affected, rows } = await ask({ id: this.id, statement: request.sqlTextOrProcedure, values });
    if (error) {
      request.userCallback(Object.assign(new RequestError(error.message, "EREQUEST"), { number: error.number }));
    } else {
      request.userCallback(null, affected, rows.map((row) => row.map((value) => ({ value }))));
    }
  },

  close() {
    ask({ id: this.id });
  },
});

const { default: oracledb } = await driver("oracledb");
tls.setDefaultCACertificates ??= () => {}; // before Node.js 22.19; there is no TLS here
tls.getCACertificates ??= () => [];
oracledb.getConnection = async (asked) => {
  const told = async (what) => {
    const answer = await ask(what);
    if (answer.error) throw Object.assign(new Error(answer.error.message), { errorNum: answer.error.number });
    return answer;
  };
  const { id } = await told(asked);
  return {
    async execute(statement, parameters) {
      const values = sent(parameters.map((value) => value?.val ?? value));
      const { rows, affected } = await told({ id, statement, values });
      return { rows, rowsAffected: affected };
    },
    close: () => ask({ id }),
  };
};
