"""The event that an HTTP API sends for a request (payload 2.0)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode


def proxy_event(
    method: str,
    resource: str,
    typed: str,
    *,
    parameters: dict[str, str],
    query: dict[str, str] | None,
    headers: dict[str, str] | None,
    body: str | None,
    caller: dict[str, Any],
) -> dict[str, Any]:
    """What would be empty is left out; `caller` is what API Gateway adds to `requestContext`."""
    optional = {
        "queryStringParameters": query,
        "pathParameters": parameters,
        "body": body,
    }
    return {
        "version": "2.0",
        "routeKey": f"{method} {resource}",
        "rawPath": f"/live{typed}",
        "rawQueryString": urlencode(query or {}),
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com",
            "http": {
                "method": method,
                "path": f"/live{typed}",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "testing",
            },
            "requestId": "LV7fzho-PHcEJPw=",
            "routeKey": f"{method} {resource}",
            "stage": "live",
            **caller,
        },
        "isBase64Encoded": False,
        **{name: value for name, value in optional.items() if value},
    }
