/**
 * Calls other services of the application, each request signed with this function's own role.
 *
 * A read is tried once more where the service is busy or silent, and so is a write that has the header Idempotency-Key:
 * say one wherever you create something. Any other write is sent once: nobody knows how far a service got that did not
 * answer.
 */

import { setTimeout } from "node:timers/promises";

import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

import { dumps } from "./documents.mjs";
import * as errors from "./errors.mjs";

/** @typedef {keyof typeof PREFIXES} Service */
/** @typedef { {status: number, said: any} } Answer */

/** By service: what the names of its variables begin with. */
const PREFIXES = {
  "catalog": "CATALOG",
};
const READS = ["GET", "HEAD"];
const JSON_BODY = { "content-type": "application/json" };
const BUSY = [429, 502, 503, 504];
// The function has 28 seconds: two attempts of one call end early enough to tell the caller. Several calls,
// one after the other, need less for each, or a function with more.
const ANSWER_MILLISECONDS = 9300;
/**
 * What a service says of the caller's request, as an error of ours: it is meant for clients. It names it by a code,
 * which API Gateway's own answers lack: where the route is gone, nobody has looked for the item.
 *
 * @type {Record<number, any>}
 */
const TOLD = { 404: errors.NotFound, 409: errors.Conflict, 412: errors.Changed };
/** Instead of what can't be read as JSON. */
const GARBLED = Symbol("garbled");

/** The service refused the call, or its answer is none. */
export class CallFailed extends errors.ApiError {
  status = 502;
  code = "call_failed";
}

/**
 * What `service` answers, read from JSON; undefined for an answer without a body.
 *
 * @param {Service} service
 * @param {string} method
 * @param {string} path below the service's own, such as "/items/42?limit=10", with what is put into it percent-encoded
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 * @throws NotFound, Conflict or Changed as the service's own code says it; Unavailable if it is busy or can't be
 *   reached in time; else CallFailed
 */
export async function call(service, method, path, body, headers = {}) {
  const harmless = READS.includes(method) || new Headers(headers).has("idempotency-key");
  const attempts = harmless ? 2 : 1;
  for (let attempt = 1; ; attempt += 1) {
    const { status, said } = await sent(service, method, path, body, headers, attempt < attempts);
    if (status < 300 && status >= 200 && said !== GARBLED) return said;
    if (attempt === attempts || !(status === 0 || BUSY.includes(status))) throw fault(service, status, said);
    await setTimeout(100 + 400 * Math.random()); // those who were refused together don't come back together
  }
}

/**
 * One attempt; status 0 where nobody answered and `again` says that it is tried again.
 *
 * @param {Service} service
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} headers
 * @param {boolean} again
 * @returns {Promise<Answer>}
 */
async function sent(service, method, path, body, headers, again) {
  const { [`${PREFIXES[service]}_API_URL`]: base = "" } = process.env;
  const content = body === undefined ? undefined : dumps(body);
  const url = new URL(base + path);
  url.search = url.search.replaceAll("+", "%20"); // a space that is written as + is not what is signed
  const request = await signed(service, method, url, content, headers);
  try {
    const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
    const answer = await fetch(url, { method, headers: request.headers, body: content, signal, redirect: "manual" });
    return { status: answer.status, said: read(await answer.text()) };
  } catch (cause) {
    if (again) return { status: 0, said: undefined };
    throw new errors.Unavailable({ message: `${service} can't be reached or takes too long`, cause });
  }
}

/**
 * @param {Service} service
 * @param {string} method
 * @param {URL} url
 * @param {string | undefined} body
 * @param {Record<string, string>} headers
 */
function signed(service, method, url, body, headers) {
  const region = process.env[`${PREFIXES[service]}_API_REGION`] ?? process.env.AWS_REGION ?? "";
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 });
  return signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
    headers: { ...trace(), ...(body === undefined ? {} : JSON_BODY), ...headers, host: url.host },
    body,
  });
}

/** Lambda has put the role's credentials into variables. */
async function credentials() {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
}

/** X-Ray sees the call as part of what this function is doing. @returns {Record<string, string>} */
function trace() {
  const { _X_AMZN_TRACE_ID: id } = process.env;
  return id ? { "x-amzn-trace-id": id } : {};
}

/** What the service says; GARBLED where it was not the service that said it, but what stands in front of it. @param {string} said */
function read(said) {
  try {
    return said ? JSON.parse(said) : undefined;
  } catch {
    return GARBLED;
  }
}

/** @param {Service} service @param {number} status @param {any} said */
function fault(service, status, said) {
  if (BUSY.includes(status)) return new errors.Unavailable({ message: `${service} is busy` });
  const Told = said?.message && said.code ? TOLD[status] : undefined;
  if (Told) {
    const told = new Told();
    told.message = String(said.message);
    return told;
  }
  const cause = new Error(`${status}: ${said?.message}`); // for the log alone
  return new CallFailed(`${service} refused a call`, { cause });
}
