/** The event that an HTTP API sends for a request (payload 2.0). */

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

/** What would be empty is left out. @param {Sent} sent @returns {Record<string, any>} */
export function proxyEvent({ method, resource, typed, parameters, query, headers = {}, body, caller }) {
  const names = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    version: "2.0",
    routeKey: `${method} ${resource}`,
    rawPath: `/live${typed}`,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: Object.fromEntries(names),
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdefghij",
      domainName: "abcdefghij.execute-api.us-east-1.amazonaws.com",
      http: {
        method,
        path: `/live${typed}`,
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.1",
        userAgent: "testing",
      },
      requestId: "LV7fzho-PHcEJPw=",
      routeKey: `${method} ${resource}`,
      stage: "live",
      ...caller,
    },
    isBase64Encoded: false,
    ...(query && { queryStringParameters: query }),
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(body && { body }),
  };
}
