"""Connects to PostgreSQL, always over TLS; the server proves that it is the one that was named."""

from __future__ import annotations

import os

import psycopg
from psycopg.types.string import TextLoader

driver = psycopg

# The function has 28 seconds: a wait here ends early enough to tell the caller.
CONNECT_SECONDS = 4
STATEMENT_SECONDS = 9

# How a wrong password is told: by the server, and by a proxy of RDS before it.
REFUSALS = ("authentication failed", "password that was provided")


def connect(user: str, password: str) -> psycopg.Connection[tuple[object, ...]]:
    """A new connection. Raises OperationalError if the server can't be reached or refuses."""
    connection = psycopg.connect(
        host=os.environ["INFO_HOST"],
        port=os.environ["INFO_PORT"],
        dbname=os.environ["INFO_DB_NAME"],
        user=user,
        password=password,
        sslmode="verify-full",
        sslrootcert=os.environ["INFO_CA_BUNDLE"],
        connect_timeout=CONNECT_SECONDS,
        # A server that is gone does not say so: a statement on a kept connection would wait for minutes.
        tcp_user_timeout=CONNECT_SECONDS * 1000,
        options=f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC",
        autocommit=True,
    )
    # JSON stays text, as MySQL returns it: the repository reads its numbers exactly.
    connection.adapters.register_loader("jsonb", TextLoader)
    return connection


def password_refused(error: Exception) -> bool:
    """Whether the server, or a proxy, did not accept the password (libpq has no code for it, only a text)."""
    return any(text in str(error) for text in REFUSALS)
