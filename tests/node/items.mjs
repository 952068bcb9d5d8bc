/** items.mjs of a rendered function with ids, etags and times that are the same every time. */

import * as rendered from "./items-as-rendered.mjs";

export * from "./items-as-rendered.mjs";

let ids = 0;

export function newId() {
  ids += 1;
  return ids.toString(16).padStart(32, "0");
}

/** As items-as-rendered.mjs has it, with our newId. */
export function idFor(scope, key) {
  return key ? rendered.idFor(scope, key) : newId();
}

export function newEtag() {
  return "0123456789abcdef";
}

export function now() {
  return new Date("2026-11-22T10:00:00.123Z");
}
