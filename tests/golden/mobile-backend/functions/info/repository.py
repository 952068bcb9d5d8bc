"""Items of info in a relational database: the only file that knows the table.

Every statement names the columns that say whose an item is, and takes its values as parameters.
How many rows it touched tells whether the item was there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import database
import errors
import items
from items import ID, Item

LIST = """
    SELECT "id", "data", "etag", "updated_at"
    FROM "info"
    WHERE "id" > %s
    ORDER BY "id"
    LIMIT %s
"""

READ = """
    SELECT "id", "data", "etag", "updated_at"
    FROM "info"
    WHERE "id" = %s
"""


def list_page(
    scope: Mapping[str, str],
    limit: int,
    after: str,
) -> tuple[list[Item], str]:
    """Up to `limit` items after the id `after`, and where to go on ("" at the end)."""
    # One more than asked for tells whether there is a next page.
    rows = database.run(LIST, (*_key(scope), after, limit + 1)).rows
    page = [_item(row) for row in rows[:limit]]
    return page, page[-1][ID] if len(rows) > limit else ""


def read(scope: Mapping[str, str], item_id: str) -> Item:
    """The item with this id."""
    if found := _find(scope, item_id):
        return found
    raise _missing()


def _find(scope: Mapping[str, str], item_id: str) -> Item | None:
    rows = database.run(READ, (*_key(scope), item_id)).rows
    return _item(rows[0]) if rows else None


def _item(row: tuple[Any, ...]) -> Item:
    """A row, as clients see it: without the columns that say whose it is."""
    item_id, data, etag, updated_at = row
    return _shown(item_id, json.loads(data, parse_float=Decimal), etag, updated_at)


def _shown(item_id: str, fields: Item, etag: str, updated_at: datetime) -> Item:
    return {ID: item_id, **fields, items.UPDATED_AT: items.iso(updated_at), items.ETAG: etag}


def _key(scope: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(scope[name] for name in items.SCOPE)


def _missing() -> errors.NotFound:
    return errors.NotFound("There is no such info")
