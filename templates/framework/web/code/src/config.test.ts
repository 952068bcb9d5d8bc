import { expect, test } from "vitest";

import { parseConfig } from "./config";

const signIn = { authority: "https://login.example.com", clientId: "web", scope: "openid", token: "id" };

test("a configuration is read, with what may be left out", () => {
  expect(parseConfig({ apiUrl: "https://api.example.com/", region: "eu-west-1", signIn })).toEqual({
    apiUrl: "https://api.example.com",
    region: "eu-west-1",
    signIn: { ...signIn, audience: "", endSession: "" },
  });
  expect(parseConfig({ apiUrl: "/api", region: "eu-west-1", signIn: null }).signIn).toBeNull();
});

test.each([
  [undefined, "is missing"],
  ["text", "is missing"],
  [{ region: "eu-west-1" }, "has no apiUrl"],
  [{ apiUrl: "/api", region: "eu-west-1", signIn: { ...signIn, clientId: 1 } }, "has no clientId"],
])("%j: it is told that it %s", (content, message) => {
  expect(() => parseConfig(content)).toThrow(message);
});
