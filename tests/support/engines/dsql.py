"""PostgreSQL in the place of Aurora DSQL: connections that begin as DSQL's do, and what it knows of IAM.

What stands in: a token in the place of a password, snapshot isolation, `AWS IAM GRANT` and the table that it fills
(https://docs.aws.amazon.com/aurora-dsql/latest/userguide/using-database-and-iam-roles.html). Types, collations and
statements that DSQL lacks are not missed here: a test reads the SQL for them. Python's driver is led here within the
process, that of Node.js on the wire.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from psycopg import sql

from support.engines.tls import context, listening, pass_on
from support.servers import Server

MAPPED = re.compile(r"""AWS IAM (GRANT|REVOKE) "(\w+)" (?:TO|FROM) '([^']+)'""")
SYSTEM = """
    CREATE SCHEMA IF NOT EXISTS sys;
    CREATE TABLE IF NOT EXISTS sys.iam_pg_role_mappings (pg_role_name text, arn text);
"""
KNOWN = "SELECT 1 FROM sys.iam_pg_role_mappings WHERE (pg_role_name, arn) = (%s, %s)"
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
                known = master.execute(KNOWN, (asked["user"], role)).fetchone()
                if action != ["DbConnect"] or not known:
                    raise RefusedError("unable to accept connection, access denied")
                name = sql.Identifier(asked["user"])
                master.execute(sql.SQL("ALTER ROLE {} PASSWORD 'token'").format(name))
                user, password = asked["user"], "token"
            elif action != ["DbConnectAdmin"]:
                raise RefusedError("unable to accept connection, access denied")
        made = real(Admin if user == server.master[0] else cls, server, user, password)
        made.execute("SET default_transaction_isolation = 'repeatable read'")
        return made

    return connect


class Admin(psycopg.Connection[Any]):
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


@contextmanager
def on_the_wire(server: Server, role: str) -> Iterator[int]:
    """A port where functions with the rights of an IAM `role` find DSQL: TLS and a token, and PostgreSQL behind."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)  # who connects asks for TLS
        writer.write(b"S")
        await writer.start_tls(context(server.ca_bundle.parent))
        words = (await _message(reader))[4:].decode().split("\0")
        said = dict(zip(words[::2], words[1::2], strict=False))
        writer.write(_framed((3).to_bytes(4), b"R"))  # asks for a password, as it is
        await reader.readexactly(1)
        token = (await _message(reader)).decode().rstrip("\0")
        if not admitted(said, token):
            writer.write(_framed(b"SFATAL\0C28000\0Munable to accept connection, access denied\0\0", b"E"))
            return
        answers, requests = await asyncio.open_unix_connection(server.socket)
        options = "-c timezone=UTC -c default_transaction_isolation=repeatable\\ read"
        begun = {"user": said["user"], "database": server.database, "options": options}
        words = [word for name, value in begun.items() for word in (name, value)]
        requests.write(_framed((3 << 16).to_bytes(4) + "\0".join([*words, "", ""]).encode()))
        await pass_on(reader, writer, answers, requests)

    def admitted(said: Mapping[str, str], token: str) -> bool:
        with real(psycopg.Connection, server, *server.master) as master:
            known = master.execute(KNOWN, (said["user"], role)).fetchone()
        return bool(known) and said["database"] == "postgres" and _signed(token, server.host)

    with listening(None, talk) as port:
        yield port


async def _message(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)


def _framed(content: bytes, kind: bytes = b"") -> bytes:
    return kind + (len(content) + 4).to_bytes(4) + content


def _signed(token: str, host: str) -> bool:
    """Whether the key that functions have here signed this for a user of the cluster who isn't its admin."""
    words = urlsplit(f"https://{token}").query.split("&")
    said = parse_qs("&".join(words))
    query = "&".join(word for word in words if not word.startswith("X-Amz-Signature="))
    request = AWSRequest("GET", f"https://{host}/?{query}", headers={"host": host})
    request.context["timestamp"] = said["X-Amz-Date"][0]
    key = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    signer = SigV4QueryAuth(key, "dsql", "us-east-1")
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return said["Action"] == ["DbConnect"] and said["X-Amz-Signature"] == [signer.signature(text, request)]
