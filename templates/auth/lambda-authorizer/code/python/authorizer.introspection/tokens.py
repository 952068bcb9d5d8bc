"""An opaque token: what its issuer says that it means (OAuth 2.0 token introspection, RFC 7662)."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode

import client_secret
from errors import Refused

URL = os.environ["INTROSPECTION_URL"]
CLIENT_ID = os.environ["INTROSPECTION_CLIENT_ID"]
ISSUER = os.environ.get("OIDC_ISSUER")
AUDIENCES = [name for name in os.environ.get("OIDC_AUDIENCE", "").split(",") if name]
TOKEN_CLIENT = os.environ.get("OIDC_CLIENT_ID")
TIMEOUT_SECONDS = 5
LEEWAY_SECONDS = 30
MAX_BYTES = 256 * 1024


class IssuerUnavailable(Exception):
    """The issuer gives no answer: nobody's fault who calls, so API Gateway answers 500."""


def verified(token: str) -> Mapping[str, Any]:
    """What the issuer says of `token`. Raises Refused if it is not good, IssuerUnavailable without an answer."""
    try:
        meaning = _ask(token)
    except HTTPError as error:
        if error.code != 401 or not client_secret.forget():
            raise IssuerUnavailable(f"the issuer answered {error.code}") from None
        meaning = _ask(token)  # our own secret was rotated
    except (OSError, HTTPException, ValueError) as error:
        raise IssuerUnavailable(type(error).__name__) from None
    if not isinstance(meaning, Mapping) or meaning.get("active") is not True:
        raise Refused("the issuer says that the token is not active")
    _check(meaning)
    return meaning


def _check(meaning: Mapping[str, Any]) -> None:
    """What an issuer says beside `active`, as far as it says it and we have a mind about it."""
    expires = meaning.get("exp")
    if isinstance(expires, (int, float)) and expires + LEEWAY_SECONDS < time.time():
        raise Refused("the token is expired")
    if ISSUER and meaning.get("iss", ISSUER) != ISSUER:
        raise Refused("the token is another issuer's")
    said = meaning.get("aud")
    if AUDIENCES and not set(AUDIENCES) & set(said if isinstance(said, list) else [said]):
        raise Refused("the token is for somebody else")
    if TOKEN_CLIENT and meaning.get("client_id") != TOKEN_CLIENT:
        raise Refused("the token was issued to another client")


def _ask(token: str) -> Any:
    body = urlencode({"token": token, "token_type_hint": "access_token"}).encode()
    pair = f"{quote_plus(CLIENT_ID)}:{quote_plus(client_secret.value())}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    # The address is the blueprint's, which takes https alone.
    request = urllib.request.Request(URL, body, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return json.loads(answer.read(MAX_BYTES))
