/** What happens while the issuer changes its keys, or is away. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import "./call.mjs";
import { Refused } from "../errors.mjs";
import { KeySet, KeysUnavailable } from "../keys.mjs";
import { issuer, reset, rsaKey, VARIABLES } from "./provider.mjs";

const SECOND = rsaKey();
const [PAUSE, FRESH] = [31_000, 3_601_000];

let keys = new KeySet("");

beforeEach(() => {
  reset();
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
  mock.method(console, "warn", () => {});
  keys = new KeySet(VARIABLES.OIDC_JWKS_URI);
});

test("keys are fetched once", async () => {
  for (let count = 0; count < 3; count += 1) assert((await keys.find("first")).equals(issuer.first.publicKey));
  assert.equal(issuer.asked, 1);
});

test("a rotated key is found, and a withdrawn one forgotten", async () => {
  await keys.find("first");
  issuer.published = { second: SECOND };
  mock.timers.tick(PAUSE);
  assert((await keys.find("second")).equals(SECOND.publicKey));
  await assert.rejects(keys.find("first"), Refused);
});

test("a withdrawn key is forgotten after an hour", async () => {
  await keys.find("first");
  issuer.published = { curve: issuer.curve };
  mock.timers.tick(PAUSE);
  await keys.find("first");
  mock.timers.tick(FRESH);
  await assert.rejects(keys.find("first"), Refused);
});

test("invented keys are not looked for each time", async () => {
  for (let count = 0; count < 5; count += 1) await assert.rejects(keys.find(`invented-${count}`), Refused);
  assert.equal(issuer.asked, 1);
});

test("keys that encrypt sign nothing", async () => {
  issuer.uses = { first: "enc" };
  await assert.rejects(keys.find("first"), Refused);
  await keys.find("curve");
});

test("known keys go on while the issuer is away", async () => {
  await keys.find("first");
  issuer.up = false;
  mock.timers.tick(FRESH);
  await keys.find("first");
  assert.equal(issuer.asked, 2);
});

test("without any key, it is our fault", async () => {
  issuer.up = false;
  await assert.rejects(keys.find("first"), KeysUnavailable);
  issuer.up = true;
  await keys.find("first");
});
