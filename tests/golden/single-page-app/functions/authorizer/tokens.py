"""A third party's JSON Web Token: whose it is, and that it is meant for this API, now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import jwt

from errors import Refused
from keys import KeySet

ISSUER = os.environ["OIDC_ISSUER"]
AUDIENCES = os.environ["OIDC_AUDIENCE"].split(",")
CLIENT_ID = os.environ.get("OIDC_CLIENT_ID")
# Pinned here: a token has no say in how it is verified. None of them works with a shared secret.
ALGORITHMS = os.environ["ALLOWED_ALGORITHMS"].split(",")
LEEWAY_SECONDS = 30
REQUIRED = ("iss", "aud", "exp", "sub")
# As issuers call the client that a token was issued to.
CLIENT_CLAIMS = ("client_id", "azp", "cid", "appid")

keys = KeySet(os.environ["OIDC_JWKS_URI"])


def verified(token: str) -> Mapping[str, Any]:
    """The claims of `token`. Raises Refused, and KeysUnavailable if the issuer's keys can't be had."""
    try:
        key = keys.find(jwt.get_unverified_header(token).get("kid"))
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            issuer=ISSUER,
            audience=AUDIENCES,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED)},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:  # a key of another kind is a TypeError
        raise Refused(type(error).__name__) from None
    if CLIENT_ID and CLIENT_ID not in [claims.get(name) for name in CLIENT_CLAIMS]:
        raise Refused("the token was issued to another client")
    return claims
