/** Which tokens are good, and what happens when the issuer is away or our secret is rotated. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { call, refused } from "./call.mjs";
import { restEvent } from "./events.mjs";
import { issue, issuer, kept, VARIABLES } from "./provider.mjs";

const NOW = 1_800_000_000;
const PAUSE = 61_000;

mock.timers.enable({ apis: ["Date"], now: NOW * 1000 });

beforeEach(() => {
  mock.timers.setTime(NOW * 1000);
  Object.assign(process.env, VARIABLES);
  Object.assign(issuer, { secret: "s3cr:et", status: 200, asked: 0 });
  issuer.tokens.clear();
  Object.assign(kept, { text: JSON.stringify({ secret: issuer.secret }), read: 0 });
});

for (const claims of [{}, { aud: ["x", "box-office"] }, { exp: null }, { exp: NOW - 5 }, { iss: null }]) {
  test(`a good token: ${JSON.stringify(claims)}`, async () => {
    assert(!(await refused(restEvent(issue(claims)))));
  });
}

for (const claims of [
  { active: false },
  { active: "true" },
  { active: null },
  { exp: NOW - 60 },
  { aud: "box-office-2" },
  { aud: ["x"] },
  { aud: null },
  { iss: "https://login.example.com" },
  { sub: null },
]) {
  test(`a bad token: ${JSON.stringify(claims)}`, async () => {
    assert(await refused(restEvent(issue(claims))));
  });
}

test("a token that the issuer does not know", async () => {
  assert(await refused(restEvent("invented")));
});

test("tokens of another client are refused", async () => {
  process.env.OIDC_CLIENT_ID = "mobile";
  assert(!(await refused(restEvent(issue()))));
  assert(await refused(restEvent(issue({ client_id: "other" }))));
  delete process.env.OIDC_CLIENT_ID;
});

test("the issuer is asked each time", async () => {
  const token = issue();
  assert(!(await refused(restEvent(token))));
  issuer.tokens.clear(); // revoked
  assert(await refused(restEvent(token)));
});

for (const status of [500, 503, 403]) {
  test(`without an answer, it is our fault: ${status}`, async () => {
    issuer.status = status;
    mock.timers.tick(PAUSE);
    await assert.rejects(call(restEvent(issue())), new RegExp(`the issuer answered ${status}`));
    assert.equal(issuer.asked, 1);
  });
}

test("an issuer that is away is our fault", async () => {
  process.env.INTROSPECTION_URL = "http://127.0.0.1:1/introspect";
  await assert.rejects(call(restEvent(issue())), /can't be reached/);
});

test("an answer that says nothing lets nobody in", async () => {
  for (const said of [[], null, "active"]) {
    const token = issue();
    issuer.tokens.set(token, said);
    assert(await refused(restEvent(token)));
  }
});

test("the secret is read once, and anew when it was rotated", async () => {
  assert(!(await refused(restEvent(issue()))));
  assert.equal(kept.read, 0); // the first test has read it
  issuer.secret = "another";
  kept.text = JSON.stringify({ secret: issuer.secret });
  mock.timers.tick(PAUSE);
  assert(!(await refused(restEvent(issue()))));
  assert.equal(kept.read, 1);
});

test("a wrong secret is not tried for ever", async () => {
  mock.timers.tick(2 * PAUSE);
  issuer.secret = "no longer ours";
  await assert.rejects(call(restEvent(issue())), /the issuer answered 401/);
  const { asked } = issuer;
  await assert.rejects(call(restEvent(issue())), /the issuer answered 401/);
  assert.equal(issuer.asked, asked + 1);
});

test("a secret can be plain text", async () => {
  mock.timers.tick(4 * PAUSE);
  process.env.INTROSPECTION_SECRET_KEY = "";
  kept.text = issuer.secret;
  issuer.secret = "a plain one";
  kept.text = issuer.secret;
  assert(!(await refused(restEvent(issue()))));
});
