/** The event that a REST API sends for a request (payload 1.0). */

/**
 * @typedef {object} Sent
 * @property {string} method
 * @property {string} resource the route's path
 * @property {string} typed the path as the client has it
 * @property {Record<string, string>} parameters
 * @property {Record<string, string>} [query]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {Record<string, any>} caller what API Gateway adds to `requestContext`
 */

/** A map that would be empty is null. @param {Sent} sent @returns {Record<string, any>} */
export function proxyEvent({ method, resource, typed, parameters, query, headers, body, caller }) {
  return {
    resource,
    path: typed,
    httpMethod: method,
    headers: headers ?? null,
    multiValueHeaders: many(headers),
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: many(query),
    pathParameters: Object.keys(parameters).length > 0 ? parameters : null,
    stageVariables: null,
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdefghij",
      httpMethod: method,
      identity: { sourceIp: "192.0.2.1" },
      path: `/live${typed}`,
      requestId: "99999999-8888-7777-6666-555555555555",
      resourcePath: resource,
      stage: "live",
      ...caller,
    },
    body: body ?? null,
    isBase64Encoded: false,
  };
}

/** @param {Record<string, string>} [values] */
function many(values) {
  return values ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]])) : null;
}
