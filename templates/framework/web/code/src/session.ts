/** What is there once for the page: its configuration, who is signed in, and the API. */

import { Api } from "./api";
import { Auth } from "./auth";
import { runtimeConfig } from "./config";
import { navigate } from "./routes";

export interface Session {
  readonly auth: Auth;
  readonly api: Api;
  /** Why the provider has sent somebody back without signing them in, null if it has not. */
  readonly refused: unknown;
}

/** Start the page. Rejects with an Error for people if it has no configuration. */
export async function openSession(): Promise<Session> {
  const config = await runtimeConfig();
  const auth = new Auth(config.signIn);
  const api = new Api(config.apiUrl, (refused) => auth.token(refused));
  try {
    const next = await auth.start(new URL(location.href));
    if (next) {
      navigate(next, true); // neither the code nor the state stays in the address
    }
    return { auth, api, refused: null };
  } catch (refused) {
    navigate("/", true);
    return { auth, api, refused };
  }
}
