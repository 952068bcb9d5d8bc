"""The event that a REST API sends for a request (payload 1.0)."""

from __future__ import annotations

from typing import Any


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
    """A map that would be empty is null; `caller` is what API Gateway adds to `requestContext`."""
    return {
        "resource": resource,
        "path": typed,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": _many(headers),
        "queryStringParameters": query,
        "multiValueQueryStringParameters": _many(query),
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.1"},
            "path": f"/live{typed}",
            "requestId": "99999999-8888-7777-6666-555555555555",
            "resourcePath": resource,
            "stage": "live",
            **caller,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def _many(values: dict[str, str] | None) -> dict[str, list[str]] | None:
    return {name: [value] for name, value in values.items()} if values else None
