/** Makes the events that API Gateway sends to an authorizer. */

export const API = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij";

/**
 * What a REQUEST authorizer of a REST API gets; a map that would be empty is null.
 *
 * @param {string | null} token
 * @param {Record<string, string>} [more] headers
 * @returns {Record<string, any>}
 */
export function restEvent(token, more = {}) {
  const headers = token === null ? more : { Authorization: `Bearer ${token}`, ...more };
  return {
    type: "REQUEST",
    methodArn: `${API}/prod/GET/tickets`,
    resource: "/tickets",
    path: "/tickets",
    httpMethod: "GET",
    headers: Object.keys(headers).length > 0 ? headers : null,
    queryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: { resourcePath: "/tickets", httpMethod: "GET", stage: "prod" },
  };
}

/** What a TOKEN authorizer gets. @param {string} token @returns {Record<string, any>} */
export function tokenEvent(token) {
  return { type: "TOKEN", authorizationToken: `Bearer ${token}`, methodArn: `${API}/prod/GET/tickets` };
}

/** What an authorizer of an HTTP API gets (payload 2.0): names of headers in lower case. @param {string | null} token */
export function httpEvent(token) {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: `${API}/$default/GET/tickets`,
    identitySource: Object.values(headers),
    routeKey: "GET /tickets",
    rawPath: "/tickets",
    rawQueryString: "",
    headers,
    requestContext: { stage: "$default", http: { method: "GET", path: "/tickets" } },
  };
}
