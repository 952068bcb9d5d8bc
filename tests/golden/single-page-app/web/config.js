/** Where the page finds its API and how people sign in: written at deployment, read when the page opens. */

/**
 * @typedef {object} SignIn
 * @property {string} authority The issuer; below it is /.well-known/openid-configuration.
 * @property {string} clientId
 * @property {string} scope
 * @property {string} audience For which API, "" where the provider does not ask.
 * @property {"access" | "id"} token Which of the two the API takes.
 * @property {string} endSession Cognito's address for signing out, "" at other providers.
 */

/**
 * The configuration. Rejects with an Error that says what to do if there is none.
 *
 * @returns {Promise<{apiUrl: string, region: string, signIn: SignIn | null}>}
 */
export async function runtimeConfig() {
  const file = "/runtime-config.json";
  const response = await fetch(file, { cache: "no-cache" });
  // Servers of single pages answer the page itself for a file that isn't there.
  const config = response.ok ? await response.json().catch(() => null) : null;
  if (typeof config?.apiUrl !== "string") {
    throw new Error(`${file} is missing: publish the page with what the stack's output RuntimeConfig says.`);
  }
  return { ...config, apiUrl: config.apiUrl.replace(/\/+$/, "") };
}
