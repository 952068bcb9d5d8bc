/** Calls of the API: with the caller's token, and refusals as errors that people can read. */

/** @import { Resource } from "./resources.js" */

/** What the API answered in place of what was asked for; `requestId` names the request in its logs. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {string} requestId
   */
  constructor(message, requestId = "") {
    super(message);
    this.requestId = requestId;
  }
}

/**
 * A page of the items of a resource; `values` are parameters of its path and query.
 *
 * @param {string} url
 * @param {string} token
 * @param {Resource} resource
 * @param {Record<string, string>} values
 * @param {string} nextToken
 * @returns {Promise<{items: Record<string, unknown>[], nextToken: string}>}
 */
export async function list(url, token, resource, values, nextToken) {
  const path = resource.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? ""));
  const query = new URLSearchParams(resource.listBy.map((name) => [name, values[name] ?? ""]));
  if (nextToken) {
    query.set("nextToken", nextToken);
  }
  const response = await fetch(`${url}${path}?${query}`, {
    headers: { Accept: "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    cache: "no-store",
  }).catch(() => {
    throw new ApiError("The API can't be reached. Check your connection and try again.");
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    throw new ApiError(body?.message ?? `The API answered ${response.status}.`, body?.requestId);
  }
  const items = Array.isArray(body) ? body : body?.items;
  if (!Array.isArray(items)) {
    throw new ApiError("The API answered something else than a list of items.");
  }
  return { items, nextToken: body.nextToken ?? "" };
}
