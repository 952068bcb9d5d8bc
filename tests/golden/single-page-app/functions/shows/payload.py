"""Reads the event of a REST API (payload 1.0), which has null for every map that is empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

Event = Mapping[str, Any]


def route(event: Event) -> str:
    """Method and path of the route that API Gateway has matched, `GET /tickets/{id}`."""
    return f"{event['httpMethod']} {event['resource']}"


def header(event: Event, name: str) -> str:
    """A header's value, "" if there is none; clients write the names in any case."""
    headers = event.get("headers") or {}
    return next((str(v) for k, v in headers.items() if k.lower() == name), "")


def query(event: Event, name: str) -> str:
    """A parameter of the query string, "" if there is none."""
    return (event.get("queryStringParameters") or {}).get(name) or ""


def path_parameter(event: Event, name: str) -> str:
    """A parameter of the path, "" if there is none; it arrives percent-encoded."""
    return unquote((event.get("pathParameters") or {}).get(name) or "")


def called_path(event: Event) -> str:
    """The path that the client called, with stage or base path."""
    context = event.get("requestContext") or {}
    return str(context.get("path") or event.get("path") or "")


def listed(_event: Event, claims: Mapping[str, Any], name: str) -> list[str]:
    """The names that a claim lists; they arrive as text, `a,b` or `a b`, and none holds white space."""
    value = claims[name]
    return value if isinstance(value, list) else re.split(r"[,\s]+", str(value).strip("[] "))
