"""Reads the event of an HTTP API (payload 2.0), which leaves out every map that is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Event = Mapping[str, Any]


def route(event: Event) -> str:
    """Method and path of the route that API Gateway has matched, `GET /tickets/{id}`."""
    return str(event["routeKey"])


def header(event: Event, name: str) -> str:
    """A header's value, "" if there is none; the names are in lower case, and cookies stand apart."""
    if name == "cookie":
        return "; ".join(event.get("cookies", []))
    return str(event.get("headers", {}).get(name, ""))


def query(event: Event, name: str) -> str:
    """A parameter of the query string, "" if there is none; commas join what was said repeatedly."""
    return str(event.get("queryStringParameters", {}).get(name, ""))


def path_parameter(event: Event, name: str) -> str:
    """A parameter of the path, "" if there is none; it arrives decoded."""
    return str(event.get("pathParameters", {}).get(name, ""))


def called_path(event: Event) -> str:
    """The path that the client called, with stage or base path."""
    return str(event["requestContext"]["http"]["path"])
