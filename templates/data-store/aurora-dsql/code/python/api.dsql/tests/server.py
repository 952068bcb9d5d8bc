"""A real PostgreSQL for the tests: `TEST_DATABASE_URL=postgresql://user:password@host/database`."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.types.string import TextLoader

SCHEMA = "handler_tests"


def empty_database(url: str, migrations: Path) -> psycopg.Connection[tuple[object, ...]]:
    """A connection to a schema of the tests' own, with the tables that `migrations` makes."""
    connection = psycopg.connect(url, autocommit=True, options="-c timezone=UTC")
    connection.adapters.register_loader("jsonb", TextLoader)
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE".encode())
    connection.execute(f"CREATE SCHEMA {SCHEMA}".encode())
    connection.execute(f"SET search_path TO {SCHEMA}".encode())
    for path in sorted(migrations.glob("*.sql")):
        connection.execute(path.read_bytes())
    return connection
