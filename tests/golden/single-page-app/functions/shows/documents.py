"""JSON as items have it: what any data store can keep of it, and how it is written."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from errors import InvalidRequest

# DynamoDB nests 32 levels deep and numbers have 38 digits, PostgreSQL stores no NUL, and half a
# surrogate pair is no character anywhere.
MAX_DEPTH = 30
MAX_DIGITS = 38
MAX_EXPONENT = 125
MAX_NAME = 255


def check(value: Any, depth: int = MAX_DEPTH) -> None:
    """Raise InvalidRequest if `value`, read from JSON, is not one that every data store can keep."""
    if depth == 0:
        raise InvalidRequest(f"The body is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, Mapping):
        for name, member in value.items():
            _check_name(name)
            check(member, depth - 1)
    elif isinstance(value, list):
        for member in value:
            check(member, depth - 1)
    elif isinstance(value, (int, Decimal)):
        _check_number(Decimal(value))


def dumps(value: Any) -> str:
    """`value` as JSON."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """What a data store returns and JSON has no form for."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return base64.b64encode(bytes(value)).decode()


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME:
        raise InvalidRequest(f"Names of fields have 1 to {MAX_NAME} characters")
    _check_text(name)


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidRequest("The body holds a character that can't be stored")


def _check_number(number: Decimal) -> None:
    digits = len(number.as_tuple().digits)
    if digits > MAX_DIGITS or abs(number.adjusted()) > MAX_EXPONENT:
        raise InvalidRequest(f"Numbers have up to {MAX_DIGITS} digits, up to 1E+{MAX_EXPONENT}")
