"""Where an event of API Gateway has the caller's token."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from errors import Refused

PLACES = {"header": "headers", "query": "queryStringParameters"}


def token_of(event: Mapping[str, Any]) -> str:
    """The token that a request carries, without the word Bearer. Raises Refused where there is none."""
    scheme, _, token = _value(event).strip().rpartition(" ")
    if not token or scheme.strip().lower() not in ("", "bearer"):
        raise Refused("there is no bearer token")
    return token


def _value(event: Mapping[str, Any]) -> str:
    if "authorizationToken" in event:  # a TOKEN authorizer
        return str(event["authorizationToken"] or "")
    kind, _, wanted = os.environ["TOKEN_SOURCE"].partition(".")
    values = event.get(PLACES[kind]) or {}
    # Clients write names of headers as they like; those of parameters are exact.
    same = str.lower if kind == "header" else str
    return next((str(value) for name, value in values.items() if same(name) == same(wanted)), "")
