"""An item of shows: what the server gives it, and what a client may put into it."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Any

from errors import InvalidRequest

Item = dict[str, Any]

ID = "id"
UPDATED_AT = "updatedAt"
# Fields that say whose an item is. They come from the caller's token or the path, never from a body.
SCOPE: list[str] = []
RESERVED = frozenset([ID, UPDATED_AT, *SCOPE])


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


def checked(fields: Item) -> Item:
    """A client's `fields`; raises InvalidRequest if they hold what the server gives an item."""
    if taken := sorted(RESERVED & fields.keys()):
        raise InvalidRequest(f"The server sets {', '.join(taken)}: leave it out of the body")
    return fields
