"""An item of shows: what the server gives it, and what a client may put into it."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from errors import Conflict, InvalidRequest

Item = dict[str, Any]

ID = "id"
UPDATED_AT = "updatedAt"
ETAG = "etag"  # of what a client has read: another one after every write
# Fields that say whose an item is. They come from the caller's token or the path, never from a body.
SCOPE: list[str] = []
RESERVED = frozenset([ID, UPDATED_AT, ETAG, *SCOPE])


def new_id() -> str:
    """32 hexadecimal digits: milliseconds, so that ids sort by age, then 80 random bits."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def id_for(scope: Mapping[str, str], key: str) -> str:
    """The id of a new item: the same one for the same idempotency key, whoever sends it again; "" is none."""
    if not key:
        return new_id()
    parts = ["shows", *(scope[name] for name in SCOPE), key]
    named = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def new_etag() -> str:
    """16 hexadecimal digits at random."""
    return secrets.token_hex(8)


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


def unchanged(item: Item, fields: Item) -> Item:
    """`item`, which a request made that is being sent again, if it still holds the `fields` of that request."""
    if {name: item[name] for name in item if name not in RESERVED} != fields:
        raise Conflict("The idempotency key stands for another item, or the item was changed since")
    return item
