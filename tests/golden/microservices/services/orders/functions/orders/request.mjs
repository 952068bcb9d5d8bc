/** What a request says, checked where it is read; payload.mjs knows the form of API Gateway's events. */

import { check, parse, quoted } from "./documents.mjs";
import { Changed, Forbidden, InvalidRequest, NotSignedIn, UnsupportedMediaType } from "./errors.mjs";
import * as payload from "./payload.mjs";

/** @typedef {Record<string, any>} Event */

const MAX_BODY_BYTES = 256 * 1024;
const MAX_KEY_BYTES = 255;

/**
 * Where `requestContext` has what API Gateway verified of a caller, and the claim that names them there.
 *
 * @type {[string[], string][]}
 */
const CALLERS_AT = [
  [["identity"], "userArn"],
];
/** @type {string[]} */
const GROUP_CLAIMS = [];
/** @type {string[]} */
const SCOPE_CLAIMS = [];

/** One request, from the event that API Gateway made of it. */
export class Request {
  #event;
  #context;
  #claims;

  /** @param {Event} event */
  constructor(event) {
    this.#event = event;
    this.#context = event.requestContext ?? {};
    this.#claims = claimsOf(this.#context);
  }

  /** API Gateway's id of the request, the one in its access log. @returns {string} */
  get id() {
    return String(this.#context.requestId ?? "");
  }

  /** Method and path of the route that API Gateway has matched, `GET /tickets/{id}`. */
  get route() {
    return payload.route(this.#event);
  }

  /** The caller's `x-correlation-id` if it is a plain one, else the request's id. */
  get correlationId() {
    const given = this.header("x-correlation-id");
    return /^[\w.:/+=@-]{1,128}$/.test(given) ? given : this.id;
  }

  /** A header's value, "" if there is none. @param {string} name in lower case */
  header(name) {
    return payload.header(this.#event, name);
  }

  /** A parameter of the query string, "" if there is none. @param {string} name */
  query(name) {
    return payload.query(this.#event, name);
  }

  /** A parameter of the query string that has to be there. @param {string} name */
  required(name) {
    return key(this.query(name), new InvalidRequest(`The query parameter ${name} is missing`));
  }

  /** A parameter of the path, decoded. @param {string} name */
  path(name) {
    const value = payload.pathParameter(this.#event, name);
    return key(value, new InvalidRequest(`${name} in the path is not valid`));
  }

  /** A claim of the token that API Gateway has verified; there is no other source for it. @param {string} name */
  claim(name) {
    const value = String(this.#claims[name] || "");
    return key(value, new NotSignedIn(`The token has no claim ${name}`));
  }

  /** @param {string[]} groups @throws {Forbidden} unless the caller is in one of them */
  allow(groups) {
    if (!this.#names(GROUP_CLAIMS).some((name) => groups.includes(name))) {
      throw new Forbidden("Your account is in none of the groups that may do this");
    }
  }

  /** @param {string[]} scopes @throws {Forbidden} unless the caller's token has one of them */
  allowScopes(scopes) {
    if (!this.#names(SCOPE_CLAIMS).some((name) => scopes.includes(name))) {
      throw new Forbidden("The token has none of the scopes that this needs");
    }
  }

  /** The JSON object in the body. @returns {Record<string, any>} */
  fields() {
    const mediaType = this.header("content-type").split(";")[0].trim().toLowerCase();
    if (!["", "application/json"].includes(mediaType)) {
      throw new UnsupportedMediaType("Send the body as application/json");
    }
    const fields = this.#parsed();
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
      throw new InvalidRequest("The body must be a JSON object");
    }
    check(fields);
    return fields;
  }

  /** What names a request that may be sent again (`Idempotency-Key`), "" if it may not. */
  idempotencyKey() {
    const given = this.header("idempotency-key");
    return given ? key(given, new InvalidRequest("Idempotency-Key is not valid")) : "";
  }

  /** The etag that the caller takes the item to have (`If-Match`), "" if any will do. */
  ifMatch() {
    const given = this.header("if-match").trim();
    if (["", "*"].includes(given)) return "";
    if (given.includes(",")) throw new InvalidRequest("If-Match must be one ETag");
    // RFC 9110, 13.1.1: a weak ETag (W/"...") matches nothing here
    const found = /^"([\x21\x23-\x7e]{1,255})"$/.exec(given);
    if (!found) throw new Changed();
    return found[1];
  }

  /** The path of an item in this collection, as the client sees it (with stage or base path). @param {string} itemId */
  location(itemId) {
    return `${payload.calledPath(this.#event).replace(/\/+$/, "")}/${quoted(itemId)}`;
  }

  #parsed() {
    try {
      return parse(this.#body());
    } catch (error) {
      if (error instanceof SyntaxError) throw new InvalidRequest("The body is not valid JSON");
      throw error;
    }
  }

  /** @returns {string} */
  #body() {
    const body = String(this.#event.body ?? "");
    const encoded = Boolean(this.#event.isBase64Encoded);
    const content = Buffer.from(body, encoded ? "base64" : "utf8");
    if (encoded ? content.toString("base64") !== body : !body.isWellFormed()) {
      throw new InvalidRequest("The body is not valid UTF-8");
    }
    if (content.length > MAX_BODY_BYTES) {
      throw new InvalidRequest(`The body is larger than ${MAX_BODY_BYTES} bytes`);
    }
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    } catch {
      throw new InvalidRequest("The body is not valid UTF-8");
    }
  }

  /** The names that the first of `claims` lists; payload.mjs knows how a list arrives. @param {string[]} claims */
  #names(claims) {
    if (Object.keys(this.#claims).length === 0) throw new NotSignedIn("The request names no caller");
    const name = claims.find((each) => this.#claims[each]);
    return name === undefined ? [] : payload.listed(this.#event, this.#claims, name);
  }
}

/** Whether nothing in a text is invisible but single spaces. @param {string} text */
export function printable(text) {
  return text.isWellFormed() && !/[\p{C}\p{Z}]/u.test(text.replaceAll(" ", ""));
}

/**
 * `value`, which becomes part of a key; what no data store keeps apart is refused.
 *
 * (MySQL takes "a" and "a " for the same text, and none but DynamoDB stores a NUL.)
 *
 * @param {string} value
 * @param {Error} otherwise
 */
function key(value, otherwise) {
  const bytes = Buffer.byteLength(value);
  if (!printable(value) || value !== value.trim() || bytes === 0 || bytes > MAX_KEY_BYTES) throw otherwise;
  return value;
}

/**
 * The first of the places that names a caller; the others belong to routes with another authorizer.
 *
 * @param {Record<string, any>} context
 * @returns {Record<string, any>}
 */
function claimsOf(context) {
  for (const [path, subject] of CALLERS_AT) {
    const found = path.reduce((value, step) => value?.[step], /** @type {any} */ (context));
    if (typeof found === "object" && found?.[subject]) return found;
  }
  return {};
}
