/** The issuer's public keys, kept for the life of this execution environment. */

import { createPublicKey } from "node:crypto";

import { Refused } from "./errors.mjs";
import { fetched } from "./fetched.mjs";

/** @typedef {import("node:crypto").KeyObject} KeyObject */

const FRESH_MS = 3_600_000; // keys that the issuer withdrew are forgotten after this
const PAUSE_MS = 30_000; // between two downloads: tokens with invented keys must not make us a nuisance
const TIMEOUT_MS = 3_000;
const ASYMMETRIC = ["RSA", "EC", "OKP"];

/** The issuer can't be reached and no key is known: nobody's fault who calls, so API Gateway answers 500. */
export class KeysUnavailable extends Error {}

/** The keys at an address (a JWK set). An issuer rotates them: an unknown one is looked for again. */
export class KeySet {
  /** @type {Map<string, KeyObject>} */
  #keys = new Map();
  #fetched = -Infinity;
  #tried = -Infinity;

  /** @param {string} address */
  constructor(address) {
    this.address = address;
  }

  /**
   * The key of this name.
   *
   * @param {unknown} kid
   * @throws {Refused} if the issuer has none
   * @throws {KeysUnavailable} if it can't be asked
   */
  async find(kid) {
    const now = Date.now();
    if (typeof kid !== "string" || !kid) throw new Refused("the token names no key");
    const stale = !this.#keys.has(kid) || now - this.#fetched > FRESH_MS;
    if (stale && (this.#keys.size === 0 || now - this.#tried > PAUSE_MS)) await this.#refresh(now);
    if (this.#keys.size === 0) throw new KeysUnavailable("the issuer's keys can't be had");
    const key = this.#keys.get(kid);
    if (!key) throw new Refused("the issuer has no such key");
    return key;
  }

  /** Fetch the keys anew; while the issuer is down, those that are known go on. @param {number} now */
  async #refresh(now) {
    this.#tried = now;
    try {
      this.#keys = usable(await fetched(this.address, { signal: AbortSignal.timeout(TIMEOUT_MS) }));
      this.#fetched = now;
    } catch (error) {
      console.warn("the issuer's keys can't be had: %s", error instanceof Error ? error.message : error);
    }
  }
}

/** The public keys for signatures, by name; keys that are shared secrets or for encryption are none. @param {any} document */
function usable(document) {
  /** @type {Map<string, KeyObject>} */
  const found = new Map();
  for (const key of document.keys) {
    if (!key.kid || !ASYMMETRIC.includes(key.kty) || !["sig", undefined].includes(key.use)) continue;
    try {
      found.set(key.kid, createPublicKey({ key, format: "jwk" }));
    } catch {
      // a curve that Node.js does not know: no token of ours is signed with it
    }
  }
  return found;
}
