import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Auth, cameBack } from "./auth";
import type { SignIn } from "./config";

const signIn: SignIn = {
  authority: "https://login.example.com",
  clientId: "web",
  scope: "openid api/read",
  audience: "box-office",
  token: "access",
  endSession: "",
};
const metadata = {
  issuer: signIn.authority,
  authorization_endpoint: `${signIn.authority}/authorize`,
  token_endpoint: `${signIn.authority}/token`,
};

function stored(secondsLeft: number, more: object = {}): void {
  const user = {
    access_token: "an-access-token",
    id_token: "an-id-token",
    token_type: "Bearer",
    profile: { sub: "1", email: "ann@example.com" },
    expires_at: Math.floor(Date.now() / 1000) + secondsLeft,
    ...more,
  };
  sessionStorage.setItem(`oidc.user:${signIn.authority}:web`, JSON.stringify(user));
}

beforeEach(() => sessionStorage.clear());
afterEach(() => vi.unstubAllGlobals());

test("a page without sign-in asks nobody", async () => {
  const auth = new Auth(null);
  expect([await auth.start(new URL("https://www.example.com/")), auth.offered, await auth.token()]).toEqual([
    "",
    false,
    "",
  ]);
});

test("people are sent away with a challenge (PKCE), and no secret", async () => {
  vi.stubGlobal("fetch", async () => Response.json(metadata));
  const assign = vi.spyOn(window.location, "assign").mockImplementation(() => undefined);
  void new Auth(signIn).begin("/tickets/1");
  await vi.waitFor(() => expect(assign).toHaveBeenCalled());
  const { origin, pathname, searchParams: asked } = new URL(String(assign.mock.calls[0]?.[0]));
  expect(origin + pathname).toBe(metadata.authorization_endpoint);
  expect(Object.fromEntries(asked)).toMatchObject({
    response_type: "code",
    client_id: "web",
    code_challenge_method: "S256",
    audience: "box-office",
    redirect_uri: `${location.origin}/callback`,
  });
  expect(asked.get("client_secret")).toBeNull();
});

test.each(["access", "id"] as const)("the API gets the %s token", async (token) => {
  stored(600);
  const auth = new Auth({ ...signIn, token });
  await auth.start(new URL("https://www.example.com/tickets"));
  expect(auth.person).toEqual({ name: "ann@example.com" });
  expect(await auth.token()).toBe(`an-${token}-token`);
});

test("a token that is about to end is renewed, once for all who ask", async () => {
  stored(30, { refresh_token: "a-refresh-token", id_token: undefined });
  const fetched = vi.fn(async (url: string | URL | Request) =>
    Response.json(
      String(url).includes("well-known") ? metadata : { access_token: "new", token_type: "Bearer", expires_in: 600 },
    ),
  );
  vi.stubGlobal("fetch", fetched);
  const auth = new Auth(signIn);
  expect(await Promise.all([auth.token(), auth.token()])).toEqual(["new", "new"]);
  expect(fetched.mock.calls.filter(([url]) => String(url) === metadata.token_endpoint)).toHaveLength(1);
});

test("a token that has ended and can't be renewed is forgotten", async () => {
  stored(-1);
  const auth = new Auth(signIn);
  const listener = vi.fn();
  auth.onChange(listener);
  expect(await auth.token()).toBe("");
  expect(listener).toHaveBeenCalled();
  expect(sessionStorage.length).toBe(0);
});

test("a token that the API has refused is renewed, or forgotten where it can't be", async () => {
  stored(600, { refresh_token: "a-refresh-token", id_token: undefined });
  const answers = [
    Response.json(metadata),
    Response.json({ access_token: "new", token_type: "Bearer", expires_in: 600 }),
  ];
  vi.stubGlobal("fetch", async () => answers.shift() ?? Response.json({ error: "invalid_grant" }, { status: 400 }));
  const auth = new Auth(signIn);
  await auth.start(new URL("https://www.example.com/"));
  expect(await auth.token("an-access-token")).toBe("new");
  expect(await auth.token("an-access-token")).toBe("new");
  expect(await auth.token("new")).toBe("");
  expect(auth.person).toBeNull();
});

test("to sign out ends the session at Cognito's address too", async () => {
  stored(600);
  const assign = vi.spyOn(window.location, "assign").mockImplementation(() => undefined);
  await new Auth({ ...signIn, endSession: "https://pages.example.com/logout" }).end();
  const home = encodeURIComponent(`${location.origin}/`);
  expect(assign).toHaveBeenCalledWith(`https://pages.example.com/logout?client_id=web&logout_uri=${home}`);
  expect(sessionStorage.length).toBe(0);
});

type Revoked = () => Response | Promise<Response>;

/** What happens when somebody signs out: what is sent to the provider, and where the browser goes then. */
async function signedOut(more: Partial<SignIn>, described: object, revoked: Revoked): Promise<string[]> {
  stored(600, { refresh_token: "a-refresh-token" });
  const done: string[] = [];
  vi.stubGlobal("fetch", async (url: string, { body }: RequestInit) => {
    if (url.endsWith("/.well-known/openid-configuration")) {
      return Response.json({ ...metadata, ...described });
    }
    done.push(`${url} ${String(body)}`);
    return revoked();
  });
  vi.spyOn(window.location, "assign").mockImplementation((url) => void done.push(new URL(url).pathname));
  const auth = new Auth({ ...signIn, ...more });
  await auth.start(new URL("https://www.example.com/"));
  void auth.end();
  await vi.waitFor(() => expect(done.at(-1)).toBe("/logout"));
  expect([auth.person, sessionStorage.getItem(`oidc.user:${signIn.authority}:web`)]).toEqual([null, null]);
  return done;
}

const cognito = { endSession: "https://pages.example.com/logout" };
const revocation = { revocation_endpoint: "https://pages.example.com/oauth2/revoke" };
const revoke = `${revocation.revocation_endpoint} token=a-refresh-token&token_type_hint=refresh_token&client_id=web`;

test("the refresh token is revoked before the browser leaves to sign out", async () => {
  expect(await signedOut(cognito, revocation, () => new Response())).toEqual([revoke, "/logout"]);
});

test.each<[string, object, Revoked, string[]]>([
  ["refuses", revocation, () => Response.json({ error: "invalid_request" }, { status: 400 }), [revoke]],
  ["can't be reached", revocation, () => Promise.reject(new TypeError("Failed to fetch")), [revoke]],
  ["revokes nothing", {}, () => new Response(), []],
])("who signs out is signed out where the provider %s", async (_, described, revoked, asked) => {
  expect(await signedOut(cognito, described, revoked)).toEqual([...asked, "/logout"]);
});

test("only the provider's answer is taken for one", () => {
  const came = (href: string) => cameBack(new URL(href, "https://www.example.com"));
  expect([came("/callback?state=s&code=c"), came("/callback?state=s&error=denied")]).toEqual([true, true]);
  expect([came("/callback"), came("/tickets?state=s&code=c")]).toEqual([false, false]);
});
