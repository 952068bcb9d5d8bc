"""What handlers learn of a caller: claims as flat text, which is all that API Gateway hands on."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from errors import Refused

CLAIM = re.compile(r"[A-Za-z][A-Za-z0-9_:.-]{0,59}")
# Of a group or scope: handlers split the list at every other character.
NAME = re.compile(r"[^\s,\[\]]{1,256}")
MAX_TEXT = 1024
TAKEN = ("principalId", "integrationLatency")  # by API Gateway itself


def caller_of(claims: Mapping[str, Any]) -> dict[str, str]:
    """`claims` that are a text, a number or a boolean, and the lists `groups` and `scope`.

    Raises Refused if they don't say who calls.
    """
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise Refused("the token has no subject")
    plain = {name: _text(value) for name, value in claims.items() if _can_pass(name, value)}
    scopes = claims.get("scope", claims.get("scp"))
    groups = claims.get(os.environ["GROUPS_CLAIM"])
    return {
        **plain,
        "scope": " ".join(_names(scopes.split() if isinstance(scopes, str) else scopes)),
        "groups": ",".join(_names([groups] if isinstance(groups, str) else groups)),
    }


def _can_pass(name: str, value: Any) -> bool:
    good = CLAIM.fullmatch(name) and name not in TAKEN
    return bool(good) and isinstance(value, (str, int, float)) and len(str(value)) <= MAX_TEXT


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names(values: Any) -> list[str]:
    listed = values if isinstance(values, list) else []
    return [value for value in listed if isinstance(value, str) and NAME.fullmatch(value)]
