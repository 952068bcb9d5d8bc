"""An item of tickets: what the server gives it, and what a client may put into it."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from errors import InvalidRequest

Item = dict[str, Any]

ID = "id"
UPDATED_AT = "updatedAt"
# Fields that say whose an item is. They come from the caller's token or the path, never from a body.
SCOPE: list[str] = ["owner"]
RESERVED = frozenset([ID, UPDATED_AT, *SCOPE])

# Limits that every data store keeps: DynamoDB nests 32 levels deep and numbers have 38 digits,
# PostgreSQL stores no NUL, and half a surrogate pair is no character anywhere.
MAX_DEPTH = 30
MAX_DIGITS = 38
MAX_EXPONENT = 125
MAX_NAME = 255


def new_id() -> str:
    """32 hexadecimal digits: milliseconds, so that ids sort by age, then 80 random bits."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def now() -> datetime:
    """This moment in UTC, to the millisecond, which is what every data store can keep."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """`moment`, which is in UTC, as ISO 8601."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


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


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raise InvalidRequest if a client's fields are not ones that an item may have."""
    if taken := sorted(RESERVED & fields.keys()):
        raise InvalidRequest(f"The server sets {', '.join(taken)}: leave it out of the body")
    _check(fields, MAX_DEPTH)


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise InvalidRequest(f"The body is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, Mapping):
        for name, member in value.items():
            _check_name(name)
            _check(member, depth - 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth - 1)
    elif isinstance(value, (int, Decimal)):
        _check_number(Decimal(value))


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
