/** JSON as items have it: what any data store can keep of it, and how it is read and written. */

import { InvalidRequest } from "./errors.mjs";

// DynamoDB nests 32 levels deep and numbers have 38 digits, PostgreSQL stores no NUL, and half a
// surrogate pair is no character anywhere.
const MAX_DEPTH = 30;
const MAX_DIGITS = 38;
const MAX_EXPONENT = 125;
const MAX_NAME = 255;

const STRINGS_AND_NUMBERS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;
const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The value that a JSON text stands for.
 *
 * JavaScript has no number but the double. One that it would change is refused rather than rounded:
 * written back, it has to be the number that was sent, as 0.1, 12.50 and 1e37 are and
 * 12345678901234567890 is not. Send such a number as a string.
 *
 * @param {string} text
 * @returns {unknown}
 * @throws {SyntaxError} if it is no JSON
 * @throws {InvalidRequest} if it holds a number that can't be kept as it is
 */
export function parse(text) {
  const value = JSON.parse(text);
  for (const [token] of text.matchAll(STRINGS_AND_NUMBERS)) {
    if (!token.startsWith('"')) checkNumber(token);
  }
  return value;
}

/**
 * @param {unknown} value read from JSON
 * @throws {InvalidRequest} if it is not one that every data store can keep
 */
export function check(value, depth = MAX_DEPTH) {
  if (depth === 0) throw new InvalidRequest(`The body is nested more than ${MAX_DEPTH} levels deep`);
  if (typeof value === "string") {
    checkText(value);
  } else if (Array.isArray(value)) {
    for (const member of value) check(member, depth - 1);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      checkName(name);
      check(member, depth - 1);
    }
  }
}

/**
 * `value` as JSON.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function dumps(value) {
  return JSON.stringify(value, plain);
}

/** A segment of a path: what encodeURIComponent leaves alone has a meaning elsewhere. @param {string} text */
export function quoted(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * What a data store returns and JSON has no form for.
 *
 * @param {string} _
 * @param {unknown} value
 */
function plain(_, value) {
  if (value instanceof Set) return [...value].sort();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

/** @param {string} name */
function checkName(name) {
  const length = [...name].length;
  if (length === 0 || length > MAX_NAME) {
    throw new InvalidRequest(`Names of fields have 1 to ${MAX_NAME} characters`);
  }
  // An object that is put together name by name would lose it, and get another prototype.
  if (name === "__proto__") throw new InvalidRequest("No field can be named __proto__");
  checkText(name);
}

/** @param {string} text */
function checkText(text) {
  if (text.includes("\0") || !text.isWellFormed()) {
    throw new InvalidRequest("The body holds a character that can't be stored");
  }
}

/** @param {string} text a number as JSON has it */
function checkNumber(text) {
  const { digits, exponent } = decimal(text);
  if (digits.length > MAX_DIGITS || Math.abs(digits.length + exponent - 1) > MAX_EXPONENT) {
    throw new InvalidRequest(`Numbers have up to ${MAX_DIGITS} digits, up to 1E+${MAX_EXPONENT}`);
  }
  if (shortest(decimal(text)) !== shortest(decimal(String(Number(text))))) {
    throw new InvalidRequest("The body holds a number that can't be kept exactly: send it as a string");
  }
}

/**
 * The digits of a number without leading zeros, and the power of ten of the last one.
 *
 * @param {string} text
 */
function decimal(text) {
  const [, whole, fraction = "", power = "0"] = NUMBER.exec(text) ?? ["", "0"];
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  return { digits, exponent: Number(power) - fraction.length };
}

/**
 * A number in the one form that it shares with all that are equal to it.
 *
 * @param {{digits: string, exponent: number}} number
 */
function shortest({ digits, exponent }) {
  const kept = digits.replace(/0+$/, "");
  return kept ? `${kept}e${exponent + digits.length - kept.length}` : "0";
}
