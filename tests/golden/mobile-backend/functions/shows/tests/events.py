"""Makes the events that API Gateway sends for a REST API: proxy integration, payload 1.0."""

from __future__ import annotations

import json
from typing import Any

# A caller who may use every route, the items above those of the tests, and what both make of a key.
CLAIMS: dict[str, str] = {"sub": "ann", "cognito:groups": ""}
CLAIMS_AT = ["authorizer", "claims"]
PARENTS: dict[str, str] = {}
SCOPE: dict[str, str] = {}


def rest_event(
    method: str,
    resource: str,
    *,
    path: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: Any = None,
    claims: dict[str, str | None] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The event of one request; `claims` are those that differ, None takes one away.

    A map that would be empty is null, as API Gateway has it.
    """
    parameters = {**PARENTS, **(path or {})}
    carried = {k: v for k, v in {**CLAIMS, **(claims or {})}.items() if v is not None}
    typed = resource
    for name, value in parameters.items():
        typed = typed.replace("{" + name + "}", value)
    context: dict[str, Any] = {
        "accountId": "123456789012",
        "apiId": "abcdefghij",
        "httpMethod": method,
        "identity": {"sourceIp": "192.0.2.1"},
        "path": f"/live{typed}",
        "requestId": "99999999-8888-7777-6666-555555555555",
        "resourcePath": resource,
        "stage": "live",
    }
    place = context
    for step in CLAIMS_AT:
        place = place.setdefault(step, {})
    place.update(carried)
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
        "requestContext": context,
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }


def _many(values: dict[str, str] | None) -> dict[str, list[str]] | None:
    return {name: [value] for name, value in values.items()} if values else None
