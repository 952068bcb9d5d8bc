"""A real SQL Server for the tests: `TEST_DATABASE_URL=mssql://user:password@host:1433`."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pymssql

DATABASE = "handler_tests"


def empty_database(url: str, migrations: Path) -> pymssql.Connection:
    """A connection to a database of the tests' own, with the tables that `migrations` makes."""
    parts = urlsplit(url)
    connection = pymssql.connect(
        server=parts.hostname or "127.0.0.1",
        port=str(parts.port or 1433),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tds_version="7.4",
        autocommit=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        cursor.execute(f"USE {DATABASE}")
        for path in sorted(migrations.glob("*.sql")):
            for batch in re.split(r"(?im)^\s*GO\s*$", path.read_text(encoding="utf-8")):
                cursor.execute(batch)
    return connection
