"""Calls a rendered function as API Gateway does, and reads what it answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlencode

RECORDED = json.loads((Path(__file__).parent / "rest-proxy.json").read_text(encoding="utf-8"))
RECORDED_HTTP = json.loads((Path(__file__).parent / "http-api.json").read_text(encoding="utf-8"))

CONTEXT = SimpleNamespace(
    function_name="tickets",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:tickets",
    aws_request_id="11111111-2222-3333-4444-555555555555",
)


@dataclass(frozen=True)
class Answer:
    """An answer with its headers' names in lower case, as a client sees it; `body` is parsed JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


def event(
    method: str,
    resource: str,
    path: Mapping[str, str] | None = None,
    *,
    claims: Mapping[str, Any] | None = None,
    body: object = None,
    **overrides: Any,
) -> dict[str, Any]:
    """The recorded event, about another route. Maps without entries are null."""
    made: dict[str, Any] = copy.deepcopy(RECORDED)
    typed = resource
    for name, value in (path or {}).items():
        typed = typed.replace(f"{{{name}}}", value)
    made |= {"resource": resource, "path": typed, "httpMethod": method, "pathParameters": path or None}
    made |= {"queryStringParameters": None, "multiValueQueryStringParameters": None, "stageVariables": None}
    made["body"] = body if body is None or isinstance(body, str) else json.dumps(body)
    made["requestContext"] |= {
        "path": f"/live{typed}",
        "resourcePath": resource,
        "authorizer": {"claims": {"sub": "ann"} if claims is None else claims},
    }
    return made | overrides


def of_http_api(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same request as an HTTP API sends it (payload 2.0), on the event recorded from one.

    Names of headers are in lower case, cookies apart, path parameters decoded; what is empty is left out.
    """
    made: dict[str, Any] = copy.deepcopy(RECORDED_HTTP)
    route = f"{given['httpMethod']} {given['resource']}"
    headers = {name.lower(): value for name, value in (given["headers"] or {}).items()}
    cookies = headers.pop("cookie", "")
    query = given["queryStringParameters"] or {}
    parameters = {name: unquote(value) for name, value in (given["pathParameters"] or {}).items()}
    claims = (given["requestContext"]["authorizer"] or {}).get("claims")
    path = f"/live{unquote(given['path'])}"
    made |= {"routeKey": route, "rawPath": path, "rawQueryString": urlencode(query), "headers": headers}
    made |= {"body": given["body"], "isBase64Encoded": given["isBase64Encoded"], "cookies": cookies.split("; ")}
    made |= {"queryStringParameters": query, "pathParameters": parameters, "stageVariables": None}
    context = made["requestContext"]
    context |= {"routeKey": route, "requestId": given["requestContext"]["requestId"]}
    context["http"] |= {"method": given["httpMethod"], "path": path}
    context["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    if claims is None:
        del context["authorizer"]
    optional = ("body", "cookies", "queryStringParameters", "pathParameters", "stageVariables")
    return {name: value for name, value in made.items() if name not in optional or value not in (None, {}, [""])}


def call(handler: Any, given: Mapping[str, Any]) -> Answer:
    """What `handler` answers, which must be what API Gateway takes."""
    raw = handler.lambda_handler(given, CONTEXT)
    assert set(raw) <= {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies"}
    assert type(raw["statusCode"]) is int
    assert type(raw["body"]) is str
    assert raw["isBase64Encoded"] is False
    assert json.dumps(raw)
    headers = {name: values[0] for name, values in (raw.get("multiValueHeaders") or {}).items()}
    headers |= raw.get("headers") or {}
    assert all(type(value) is str for value in headers.values())
    return Answer(
        raw["statusCode"],
        {name.lower(): value for name, value in headers.items()},
        json.loads(raw["body"]) if raw["body"] else None,
    )
