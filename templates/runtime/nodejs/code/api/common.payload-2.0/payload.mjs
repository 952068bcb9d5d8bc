/** Reads the event of an HTTP API (payload 2.0), which leaves out every map that is empty. */

/** @typedef {Record<string, any>} Event */

/** Method and path of the route that API Gateway has matched, `GET /tickets/{id}`. @param {Event} event */
export function route(event) {
  return String(event.routeKey);
}

/**
 * A header's value, "" if there is none; the names are in lower case, and cookies stand apart.
 *
 * @param {Event} event
 * @param {string} name
 */
export function header(event, name) {
  return name === "cookie" ? (event.cookies ?? []).join("; ") : said(event.headers, name);
}

/**
 * A parameter of the query string, "" if there is none; commas join what was said repeatedly.
 *
 * @param {Event} event
 * @param {string} name
 */
export function query(event, name) {
  return said(event.queryStringParameters, name);
}

/**
 * A parameter of the path, "" if there is none; it arrives decoded.
 *
 * @param {Event} event
 * @param {string} name
 */
export function pathParameter(event, name) {
  return said(event.pathParameters, name);
}

/** The path that the client called, with stage or base path. @param {Event} event */
export function calledPath(event) {
  return String(event.requestContext.http.path);
}

/**
 * The names that a claim lists.
 *
 * A list arrives as text, `[a b]`, which no longer says where a name ends: it is read from the token, which
 * API Gateway has verified. What is a text there too is split, `a,b` or `a b`.
 *
 * @param {Event} event
 * @param {Record<string, any>} claims
 * @param {string} name
 * @returns {string[]}
 */
export function listed(event, claims, name) {
  const value = String(claims[name]);
  if (!value.startsWith("[")) return value.split(/[,\s]+/);
  const names = token(event, claims)[name];
  return Array.isArray(names) ? names.map(String) : [];
}

/**
 * The claims as the token has them that `claims` were read from, empty if it is not in this request.
 *
 * @param {Event} event
 * @param {Record<string, any>} claims
 * @returns {Record<string, any>}
 */
function token(event, claims) {
  try {
    const middle = header(event, "authorization").split(" ").at(-1)?.split(".")[1] ?? "";
    const found = JSON.parse(Buffer.from(middle, "base64url").toString());
    return ["iss", "sub"].every((each) => String(found[each]) === claims[each]) ? found : {};
  } catch {
    return {}; // no token, or null in the place of one
  }
}

/**
 * @param {Record<string, any> | undefined} map
 * @param {string} name
 */
function said(map, name) {
  return map && Object.hasOwn(map, name) ? String(map[name]) : "";
}
