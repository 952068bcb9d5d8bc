"""An empty table for every test, on a real server or in memory.

With `TEST_DATABASE_URL` set, statements run on that server, in a table made by the project's own
migrations. Without it they run in SQLite, which knows all the SQL that the repository uses: quick,
and true to what the statements mean, but not to the types and errors of the real engine.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from events import SCOPE
from server import empty_database

import database
import documents
import errors
import items

MIGRATIONS = Path(__file__).parents[3] / "migrations" / "info"
COLUMNS = """
    "id" text NOT NULL,
    "data" text NOT NULL,
    "etag" text NOT NULL,
    "updated_at" timestamp NOT NULL,
    PRIMARY KEY ("id")
"""
ADD = """
    INSERT INTO "info"
        ("id", "data", "etag", "updated_at")
    VALUES (%s, %s, %s, %s)
"""
GET = """
    SELECT "data", "updated_at"
    FROM "info"
    WHERE "id" = %s
"""


class InMemory:
    """SQLite in the place of database.run."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.execute(f'CREATE TABLE "info" ({COLUMNS})')

    def run(self, statement: str, parameters: Sequence[object]) -> database.Result:
        values = [v.isoformat() if isinstance(v, datetime) else v for v in parameters]
        try:
            cursor = self._connection.execute(statement.replace("%s", "?"), values)
        except sqlite3.IntegrityError:
            raise errors.Conflict from None
        rows = [(*row[:-1], datetime.fromisoformat(row[-1])) for row in cursor.fetchall()]
        return database.Result(rows, cursor.rowcount)


class Store:
    """The table, behind the repository's back."""

    def add(self, fields: dict[str, Any]) -> str:
        """Put an item there for the caller of the tests, and return its id."""
        item_id = items.new_id()
        values = (*SCOPE.values(), item_id, documents.dumps(fields), items.new_etag(), items.now())
        database.run(ADD, values)
        return item_id

    def get(self, item_id: str) -> dict[str, Any]:
        """The fields of the caller's item, or {} if there is none."""
        rows = database.run(GET, (*SCOPE.values(), item_id)).rows
        return dict(json.loads(rows[0][0])) if rows else {}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    url = os.environ.get("TEST_DATABASE_URL")
    if url:
        monkeypatch.setattr(database, "_kept", empty_database(url, MIGRATIONS))
    else:
        monkeypatch.setattr(database, "run", InMemory().run)
    yield Store()
    database.close()
