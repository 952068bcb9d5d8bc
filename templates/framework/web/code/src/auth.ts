/**
 * Sign-in: authorization code with PKCE at Cognito's pages or any OpenID provider's, by oidc-client-ts.
 *
 * The page is a public client, so there is no secret. Tokens stay in this tab's session storage, and a refresh token
 * renews them when they are about to end.
 */

import { type User, UserManager, WebStorageStateStore } from "oidc-client-ts";

import type { SignIn } from "./config";

const RENEWED_BEFORE_SECONDS = 60;
const TIMEOUT_SECONDS = 10; // for what the provider is asked beside its pages
const CALLBACK = "/callback"; // registered at the provider, as is /, where people come back to when they sign out

/** Who is signed in. */
export interface Person {
  readonly name: string;
}

export class Auth {
  private readonly manager: UserManager | null;
  private renewal: Promise<User | null> | undefined;
  private listeners: (() => void)[] = [];

  /** Who is signed in, null if nobody is. */
  person: Person | null = null;

  /** `signIn` is null where nobody has to sign in. */
  constructor(private readonly signIn: SignIn | null) {
    this.manager = signIn && new UserManager(settings(signIn));
  }

  /** Whether people can sign in at all. */
  get offered(): boolean {
    return this.manager !== null;
  }

  /**
   * Finish what a provider has sent people back from, or take up what this tab knows.
   *
   * Answers the address of the page to go on at, "" to stay. Rejects if the provider refuses.
   */
  async start(address: URL): Promise<string> {
    if (this.manager === null) {
      return "";
    }
    if (!cameBack(address)) {
      this.knows(await this.manager.getUser());
      return "";
    }
    const user = await this.manager.signinRedirectCallback(address.href);
    this.knows(user);
    return typeof user.state === "string" && user.state.startsWith("/") ? user.state : "/";
  }

  /** Leave for the provider's pages; `returnTo` is where to go on afterwards. */
  async begin(returnTo: string): Promise<void> {
    await this.manager?.signinRedirect({ state: returnTo });
  }

  /** Have the refresh token revoked (RFC 7009), forget all tokens, and end the provider's session, where it says how. */
  async end(): Promise<void> {
    if (this.manager === null || this.signIn === null) {
      return;
    }
    await this.manager.revokeTokens(["refresh_token"]).catch(() => undefined); // a failure keeps nobody signed in
    if (this.signIn.endSession) {
      await this.forget();
      const query = new URLSearchParams({ client_id: this.signIn.clientId, logout_uri: home() });
      location.assign(`${this.signIn.endSession}?${query}`);
    } else if (await this.manager.metadataService.getEndSessionEndpoint().catch(() => undefined)) {
      await this.manager.signoutRedirect();
    } else {
      await this.forget();
    }
  }

  /**
   * The token that the API takes, renewed if it is about to end; "" if nobody is signed in.
   *
   * `refused` is a token that the API did not take: another one is answered, or nobody is signed in any more.
   */
  async token(refused = ""): Promise<string> {
    const user = await this.current();
    const token = this.sent(user);
    if (!refused || token !== refused) {
      return token;
    }
    const other = this.sent(await this.renewed(user));
    if (other && other !== refused) {
      return other;
    }
    await this.forget();
    return "";
  }

  /** Call `listener` whenever somebody signs in or out; the answer ends it. */
  onChange(listener: () => void): () => void {
    this.listeners.push(listener);
    return () => {
      this.listeners = this.listeners.filter((each) => each !== listener);
    };
  }

  /** Which of the tokens the API takes. */
  private sent(user: User | null): string {
    return (this.signIn?.token === "id" ? user?.id_token : user?.access_token) ?? "";
  }

  private async current(): Promise<User | null> {
    const user = (await this.manager?.getUser()) ?? null;
    if (user === null || (user.expires_in ?? Infinity) > RENEWED_BEFORE_SECONDS) {
      return user;
    }
    const fresh = await this.renewed(user);
    if (fresh === null && user.expired) {
      await this.forget();
      return null;
    }
    return fresh ?? user;
  }

  /** Fresh tokens, asked for once for all who want them; null if there are none to be had. */
  private renewed(user: User | null): Promise<User | null> {
    this.renewal ??= this.refreshed(user).finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async refreshed(user: User | null): Promise<User | null> {
    const fresh = user?.refresh_token ? await this.manager?.signinSilent().catch(() => null) : null;
    return fresh ?? null;
  }

  private async forget(): Promise<void> {
    await this.manager?.removeUser();
    this.knows(null);
  }

  private knows(user: User | null): void {
    const { email, name, preferred_username: username, sub } = user?.profile ?? {};
    this.person = user && !user.expired ? { name: name ?? email ?? username ?? sub ?? "" } : null;
    this.listeners.forEach((listener) => listener());
  }
}

/** Whether this address is where a provider sends people back to. */
export function cameBack(address: URL): boolean {
  const said = address.searchParams;
  return address.pathname === CALLBACK && said.has("state") && (said.has("code") || said.has("error"));
}

function settings(signIn: SignIn) {
  const store = new WebStorageStateStore({ store: sessionStorage });
  return {
    authority: signIn.authority,
    client_id: signIn.clientId,
    scope: signIn.scope,
    redirect_uri: location.origin + CALLBACK,
    post_logout_redirect_uri: home(),
    extraQueryParams: signIn.audience ? { audience: signIn.audience } : {},
    userStore: store,
    stateStore: store,
    requestTimeoutInSeconds: TIMEOUT_SECONDS,
    automaticSilentRenew: false, // `token` renews when a call needs it, so that a page in the background asks nothing
  };
}

function home(): string {
  return `${location.origin}/`;
}
