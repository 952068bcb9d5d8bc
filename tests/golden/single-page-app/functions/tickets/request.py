"""What a request says, checked where it is read; payload.py knows the form of API Gateway's events."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import payload
from documents import check
from errors import Changed, Forbidden, InvalidRequest, NotSignedIn, UnsupportedMediaType

MAX_BODY_BYTES = 256 * 1024
MAX_KEY_BYTES = 255

# Where `requestContext` has what API Gateway verified of a caller, and the claim that names them there.
CALLERS_AT: list[tuple[list[str], str]] = [
    (["authorizer"], "sub"),
]
GROUP_CLAIMS: list[str] = ["groups"]
SCOPE_CLAIMS: list[str] = ["scope"]


class Request:
    """One request, from the event that API Gateway made of it."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event
        self._context: Mapping[str, Any] = event.get("requestContext") or {}
        self._claims = _claims(self._context)

    @property
    def id(self) -> str:
        """API Gateway's id of the request, the one in its access log."""
        return str(self._context.get("requestId") or "")

    @property
    def route(self) -> str:
        """Method and path of the route that API Gateway has matched, `GET /tickets/{id}`."""
        return payload.route(self._event)

    @property
    def correlation_id(self) -> str:
        """The caller's `x-correlation-id` if it is a plain one, else the request's id."""
        given = self.header("x-correlation-id")
        return given if re.fullmatch(r"[\w.:/+=@-]{1,128}", given, re.ASCII) else self.id

    def header(self, name: str) -> str:
        """A header's value, "" if there is none; `name` is in lower case."""
        return payload.header(self._event, name)

    def query(self, name: str) -> str:
        """A parameter of the query string, "" if there is none."""
        return payload.query(self._event, name)

    def required(self, name: str) -> str:
        """A parameter of the query string that has to be there."""
        return self._key(self.query(name), InvalidRequest(f"The query parameter {name} is missing"))

    def path(self, name: str) -> str:
        """A parameter of the path, decoded."""
        value = payload.path_parameter(self._event, name)
        return self._key(value, InvalidRequest(f"{name} in the path is not valid"))

    def claim(self, name: str) -> str:
        """A claim of the token that API Gateway has verified; there is no other source for it."""
        value = str(self._claims.get(name) or "")
        return self._key(value, NotSignedIn(f"The token has no claim {name}"))

    def allow(self, groups: Collection[str]) -> None:
        """Raise Forbidden unless the caller is in one of `groups`."""
        if not self._names(GROUP_CLAIMS) & set(groups):
            raise Forbidden("Your account is in none of the groups that may do this")

    def allow_scopes(self, scopes: Collection[str]) -> None:
        """Raise Forbidden unless the caller's token has one of `scopes`."""
        if not self._names(SCOPE_CLAIMS) & set(scopes):
            raise Forbidden("The token has none of the scopes that this needs")

    def fields(self) -> dict[str, Any]:
        """The JSON object in the body. Numbers stay exact, as int or Decimal."""
        media_type = self.header("content-type").partition(";")[0].strip().lower()
        if media_type not in ("", "application/json"):
            raise UnsupportedMediaType("Send the body as application/json")
        try:
            fields = json.loads(self._body(), parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, ArithmeticError, RecursionError):
            raise InvalidRequest("The body is not valid JSON") from None
        if not isinstance(fields, dict):
            raise InvalidRequest("The body must be a JSON object")
        check(fields)
        return fields

    def idempotency_key(self) -> str:
        """What names a request that may be sent again (`Idempotency-Key`), "" if it may not."""
        key = self.header("idempotency-key")
        return self._key(key, InvalidRequest("Idempotency-Key is not valid")) if key else ""

    def if_match(self) -> str:
        """The etag that the caller takes the item to have (`If-Match`), "" if any will do."""
        given = self.header("if-match").strip()
        if given in ("", "*"):
            return ""
        if "," in given:
            raise InvalidRequest("If-Match must be one ETag")
        # RFC 9110, 13.1.1: a weak ETag (W/"...") matches nothing here
        if not (found := re.fullmatch(r'"([\x21\x23-\x7e]{1,255})"', given)):
            raise Changed
        return found[1]

    def location(self, item_id: str) -> str:
        """The path of an item in this collection, as the client sees it (with stage or base path)."""
        path = payload.called_path(self._event)
        return f"{path.rstrip('/')}/{quote(item_id, safe='')}"

    def _body(self) -> str:
        body = self._event.get("body") or ""
        if len(body) > MAX_BODY_BYTES * 2:  # base64 makes four characters of three bytes
            raise InvalidRequest(f"The body is larger than {MAX_BODY_BYTES} bytes")
        try:
            encoded = self._event.get("isBase64Encoded")
            content = base64.b64decode(body, validate=True) if encoded else body.encode()
            text = content.decode()
        except (binascii.Error, UnicodeError):
            raise InvalidRequest("The body is not valid UTF-8") from None
        if len(content) > MAX_BODY_BYTES:
            raise InvalidRequest(f"The body is larger than {MAX_BODY_BYTES} bytes")
        return text

    def _names(self, claims: Collection[str]) -> set[str]:
        """The names that the first of `claims` lists; payload.py knows how a list arrives."""
        if not self._claims:
            raise NotSignedIn("The request names no caller")
        name = next((name for name in claims if self._claims.get(name)), None)
        return set(payload.listed(self._event, self._claims, name) if name else ())

    @staticmethod
    def _key(value: str, otherwise: Exception) -> str:
        """`value`, which becomes part of a key; what no data store keeps apart is refused.

        (MySQL takes "a" and "a " for the same text, and none but DynamoDB stores a NUL.)
        """
        if not value.isprintable() or value != value.strip():
            raise otherwise
        if not 0 < len(value.encode(errors="replace")) <= MAX_KEY_BYTES:
            raise otherwise
        return value


def _claims(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first of the places that names a caller; the others belong to routes with another authorizer."""
    for path, subject in CALLERS_AT:
        found: Any = context
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping) and found.get(subject):
            return found
    return {}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
