"""Reads the event of an HTTP API (payload 2.0), which leaves out every map that is empty."""

from __future__ import annotations

import base64
import json
import re
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


def listed(event: Event, claims: Mapping[str, Any], name: str) -> list[str]:
    """The names that a claim lists.

    A list arrives as text, `[a b]`, which no longer says where a name ends: it is read from the token, which
    API Gateway has verified. What is a text there too is split, `a,b` or `a b`.
    """
    value = claims[name]
    if not str(value).startswith("["):
        return re.split(r"[,\s]+", str(value))
    names = _token(event, claims).get(name)
    return [str(each) for each in names] if isinstance(names, list) else []


def _token(event: Event, claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims as the token has them that `claims` were read from, empty if it is not in this request."""
    try:
        middle = header(event, "authorization").rpartition(" ")[2].split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    known = isinstance(found, dict) and all(
        str(found.get(k)) == claims.get(k) for k in ("iss", "sub")
    )
    return found if known else {}
