/** Reads the event of a REST API (payload 1.0), which has null for every map that is empty. */

/** @typedef {Record<string, any>} Event */

/** Method and path of the route that API Gateway has matched, `GET /tickets/{id}`. @param {Event} event */
export function route(event) {
  return `${event.httpMethod} ${event.resource}`;
}

/**
 * A header's value, "" if there is none; clients write the names in any case.
 *
 * @param {Event} event
 * @param {string} name
 */
export function header(event, name) {
  const found = Object.entries(event.headers ?? {}).find(([each]) => each.toLowerCase() === name);
  return String(found?.[1] ?? "");
}

/**
 * A parameter of the query string, "" if there is none.
 *
 * @param {Event} event
 * @param {string} name
 */
export function query(event, name) {
  return said(event.queryStringParameters, name);
}

/**
 * A parameter of the path, "" if there is none; it arrives percent-encoded.
 *
 * @param {Event} event
 * @param {string} name
 */
export function pathParameter(event, name) {
  const value = said(event.pathParameters, name);
  try {
    return decodeURIComponent(value);
  } catch {
    return "\uFFFD"; // no UTF-8: the name of nothing
  }
}

/** The path that the client called, with stage or base path. @param {Event} event */
export function calledPath(event) {
  return String(event.requestContext?.path || event.path || "");
}

/**
 * The names that a claim lists; they arrive as text, `a,b` or `a b`, and none holds white space.
 *
 * @param {Event} _
 * @param {Record<string, any>} claims
 * @param {string} name
 * @returns {string[]}
 */
export function listed(_, claims, name) {
  const value = claims[name];
  return Array.isArray(value) ? value : String(value).replace(/^[[\] ]+|[[\] ]+$/g, "").split(/[,\s]+/);
}

/**
 * @param {Record<string, any> | null} map
 * @param {string} name
 */
function said(map, name) {
  return map && Object.hasOwn(map, name) ? String(map[name] ?? "") : "";
}
