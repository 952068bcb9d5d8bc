import { afterEach, expect, test, vi } from "vitest";

import { openSession } from "./session";
import { answering, tickets } from "./testing";

afterEach(() => vi.unstubAllGlobals());

test("who is signed in with a token that the API does not take any more is signed out", async () => {
  const signIn = { authority: "https://login.example.com", clientId: "web", scope: "openid", token: "access" };
  const stored = { access_token: "old", token_type: "Bearer", profile: { sub: "ann" }, expires_at: Date.now() };
  sessionStorage.setItem("oidc.user:https://login.example.com:web", JSON.stringify(stored));
  const config = { apiUrl: "https://api.example.com/", region: "eu-west-1", signIn };
  const { asked, fetch } = answering([200, config], [401, { message: "The incoming token has expired" }]);
  vi.stubGlobal("fetch", fetch);
  const { api, auth, refused } = await openSession();
  expect([auth.person?.name, refused]).toEqual(["ann", null]);
  await expect(api.list(tickets, {})).rejects.toThrow("The incoming token has expired");
  expect(auth.person).toBeNull();
  expect(asked.map(({ url }) => url)).toEqual(["/runtime-config.json", "https://api.example.com/tickets"]);
});
