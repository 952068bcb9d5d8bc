"""What is special to PostgreSQL: connecting, locking, users and their rights."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from psycopg import sql

Error = psycopg.Error

CONNECT_SECONDS = 30  # a cluster that pauses takes half of that to wake
LOCK_SECONDS = 60
LOCK = 7_315_420_931  # any number, as long as it is always the same
LEDGER = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name varchar(255) NOT NULL PRIMARY KEY,
        checksum char(64) NOT NULL,
        applied_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
    )
"""


def user() -> str:
    """The application's user."""
    return os.environ["ORDERS_USER"]


def connect(name: str, password: str) -> psycopg.Connection[Any]:
    """A new connection, over TLS with the server's certificate and name verified."""
    return psycopg.connect(
        host=os.environ["ORDERS_HOST"],
        port=os.environ["ORDERS_PORT"],
        dbname=os.environ["ORDERS_DB_NAME"],
        user=name,
        password=password,
        sslmode="verify-full",
        sslrootcert=os.environ["ORDERS_CA_BUNDLE"],
        connect_timeout=CONNECT_SECONDS,
        options=f"-c lock_timeout={LOCK_SECONDS}s",
        autocommit=True,
    )


def sign_in(password: str) -> None:
    """Raise OperationalError unless the application's user can sign in with this password."""
    connect(user(), password).close()


def run(
    connection: psycopg.Connection[Any], statement: str, parameters: tuple[str, ...] | None = None
) -> list[Any]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement.encode(), parameters)
        return list(cursor.fetchall()) if cursor.description else []


def lock(connection: psycopg.Connection[Any]) -> None:
    """Wait until no other run is at work; closing the connection lets the next one in."""
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))


def transaction(connection: psycopg.Connection[Any]) -> AbstractContextManager[Any]:
    """All or nothing: PostgreSQL takes back CREATE TABLE too."""
    return connection.transaction()


def run_script(connection: psycopg.Connection[Any], script: str) -> None:
    """Run a file of statements."""
    connection.execute(script.encode())


def put_user(connection: psycopg.Connection[Any], password: str) -> None:
    """Create the application's user, or give it this password."""
    # Hashed here: the password itself appears neither on the wire nor in the server's log.
    verifier = connection.pgconn.encrypt_password(password.encode(), user().encode()).decode()
    statement = sql.SQL("{} ROLE {} LOGIN PASSWORD {}")
    verb, name = _create_or_alter(connection), sql.Identifier(user())
    connection.execute(statement.format(verb, name, sql.Literal(verifier)))


def grant(connection: psycopg.Connection[Any]) -> None:
    """Let the application's user read and write rows of every table of ours, and nothing else."""
    name = sql.Identifier(user())
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tableowner = current_user AND tablename <> 'schema_migrations'"
    )
    with connection.transaction():
        for (table,) in found.fetchall():
            of, to = sql.Identifier("public", table), name
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(of, to))
            rights = sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}")
            connection.execute(rights.format(of, to))


def has_user(connection: psycopg.Connection[Any]) -> bool:
    """Whether a migration has made the application's user already."""
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user(),))
    return found.fetchone() is not None


def _create_or_alter(connection: psycopg.Connection[Any]) -> sql.SQL:
    return sql.SQL("ALTER" if has_user(connection) else "CREATE")
