"""PostgreSQL in the place of Aurora DSQL: connections that begin as DSQL's do, and what it knows of IAM.

What stands in: a token in the place of a password, snapshot isolation, `AWS IAM GRANT` and the table that it fills
(https://docs.aws.amazon.com/aurora-dsql/latest/userguide/using-database-and-iam-roles.html). Types, collations and
statements that DSQL lacks are not missed here: a test reads the SQL for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from support.servers import Server

MAPPED = re.compile(r"""AWS IAM (GRANT|REVOKE) "(\w+)" (?:TO|FROM) '([^']+)'""")
SYSTEM = """
    CREATE SCHEMA IF NOT EXISTS sys;
    CREATE TABLE IF NOT EXISTS sys.iam_pg_role_mappings (pg_role_name text, arn text);
"""
CHANGES = {
    "GRANT": "INSERT INTO sys.iam_pg_role_mappings VALUES (%s, %s)",
    "REVOKE": "DELETE FROM sys.iam_pg_role_mappings WHERE pg_role_name = %s AND arn = %s",
}


class RefusedError(psycopg.OperationalError):
    """What DSQL says to a token that is not for the user."""


def standing_in(server: Server, role: str) -> Callable[..., Any]:
    """What `psycopg.Connection.connect` does in front of `server`, called with the rights of an IAM `role`."""

    def connect(cls: type[psycopg.Connection[Any]], **asked: Any) -> psycopg.Connection[Any]:
        assert (asked["dbname"], asked["port"], asked["sslmode"]) == ("postgres", 5432, "verify-full")
        action = parse_qs(urlsplit(f"https://{asked['password']}").query)["Action"]
        user, password = server.master
        with real(psycopg.Connection, server, user, password) as master:
            master.execute(SYSTEM)
            if asked["user"] != "admin":
                query = "SELECT 1 FROM sys.iam_pg_role_mappings WHERE (pg_role_name, arn) = (%s, %s)"
                known = master.execute(query, (asked["user"], role)).fetchone()
                if action != ["DbConnect"] or not known:
                    raise RefusedError("unable to accept connection, access denied")
                name = sql.Identifier(asked["user"])
                master.execute(sql.SQL("ALTER ROLE {} PASSWORD 'token'").format(name))
                user, password = asked["user"], "token"
            elif action != ["DbConnectAdmin"]:
                raise RefusedError("unable to accept connection, access denied")
        made = real(Mapping if user == server.master[0] else cls, server, user, password)
        made.execute("SET default_transaction_isolation = 'repeatable read'")
        return made

    return connect


class Mapping(psycopg.Connection[Any]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """A statement, or DSQL's own way to say which roles sign in as a user."""
        text = query.as_string(self) if isinstance(query, sql.Composable) else str(query)
        if found := MAPPED.fullmatch(text):
            return super().execute(CHANGES[found[1]], (found[2], found[3]))
        return super().execute(query, params, **options)


def real(cls: type[psycopg.Connection[Any]], server: Server, user: str, password: str) -> psycopg.Connection[Any]:
    return CONNECT(
        cls,
        host=server.host,
        port=server.port,
        dbname=server.database,
        user=user,
        password=password,
        sslmode="verify-full",
        sslrootcert=server.ca_bundle,
        options="-c timezone=UTC",
        autocommit=True,
    )


CONNECT = psycopg.Connection.connect.__func__  # type: ignore[attr-defined]
