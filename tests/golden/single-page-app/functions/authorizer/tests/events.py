"""Makes the events that API Gateway sends to an authorizer."""

from __future__ import annotations

from typing import Any

API = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij"


def rest_event(
    token: str | None, method: str = "GET", path: str = "/tickets", **headers: str
) -> dict[str, Any]:
    """What a REQUEST authorizer of a REST API gets; a map that would be empty is null."""
    sent = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return {
        "type": "REQUEST",
        "methodArn": f"{API}/prod/{method}{path}",
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {**sent, **headers} or None,
        "queryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"resourcePath": path, "httpMethod": method, "stage": "prod"},
    }


def token_event(token: str) -> dict[str, Any]:
    """What a TOKEN authorizer gets."""
    return {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {token}",
        "methodArn": f"{API}/prod/GET/tickets",
    }


def http_event(token: str | None) -> dict[str, Any]:
    """What an authorizer of an HTTP API gets (payload 2.0): names of headers in lower case."""
    sent = {"authorization": f"Bearer {token}"} if token is not None else {}
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"{API}/$default/GET/tickets",
        "identitySource": list(sent.values()),
        "routeKey": "GET /tickets",
        "rawPath": "/tickets",
        "rawQueryString": "",
        "headers": sent,
        "requestContext": {"stage": "$default", "http": {"method": "GET", "path": "/tickets"}},
    }
