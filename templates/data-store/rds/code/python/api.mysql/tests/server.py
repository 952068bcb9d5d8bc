"""A real MySQL for the tests: `TEST_DATABASE_URL=mysql://user:password@host:3306`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.constants import CLIENT

DATABASE = "handler_tests"


def empty_database(url: str, migrations: Path) -> pymysql.Connection[Any]:
    """A connection to a database of the tests' own, with the tables that `migrations` makes."""
    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        charset="utf8mb4",
        sql_mode="ANSI_QUOTES,STRICT_ALL_TABLES",
        client_flag=CLIENT.FOUND_ROWS | CLIENT.MULTI_STATEMENTS,
        autocommit=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        connection.select_db(DATABASE)
        for path in sorted(migrations.glob("*.sql")):
            cursor.execute(path.read_text(encoding="utf-8"))
            while cursor.nextset():
                pass
    return connection
