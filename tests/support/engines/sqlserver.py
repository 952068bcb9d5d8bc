"""Engine not real: what stands for a connection of pymssql. The driver itself puts values into the statements."""

from __future__ import annotations

import os
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pymssql
import pytest
from pymssql import _mssql

from support.engines.bridge import Bridge
from support.engines.foreign import Connection, Dialect
from support.engines.tls import context
from support.servers import Server

# What SQL Server numbers its refusals with, by the class of PostgreSQL's.
NUMBERS: Mapping[type[psycopg.Error], tuple[type[Exception], int]] = {
    psycopg.errors.UniqueViolation: (pymssql.IntegrityError, 2627),
    psycopg.errors.IntegrityError: (pymssql.IntegrityError, 547),
    psycopg.errors.UndefinedTable: (pymssql.ProgrammingError, 208),
    psycopg.errors.DataError: (pymssql.OperationalError, 8114),
    psycopg.errors.InsufficientPrivilege: (pymssql.OperationalError, 229),
    psycopg.Error: (pymssql.OperationalError, 20003),
}
VIEWS = """
    CREATE VIEW sys.tables AS SELECT tablename AS name, 1 AS schema_id FROM pg_tables WHERE schemaname = 'public';
    CREATE VIEW sys.server_principals AS SELECT rolname AS name FROM pg_roles;
    CREATE FUNCTION sys.schema_id(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION sys.object_id(text) RETURNS oid LANGUAGE sql AS 'SELECT to_regclass($1)::oid';
    CREATE FUNCTION sys.db_id(text) RETURNS int LANGUAGE sql AS 'SELECT NULL::int';
    CREATE FUNCTION sys.database_principal_id(text) RETURNS int LANGUAGE sql AS 'SELECT NULL::int';
    CREATE FUNCTION sys.isjson(text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT CASE WHEN $1 IS JSON THEN 1 END';
    CREATE FUNCTION sys.json_extract_path_text(text, text) RETURNS text IMMUTABLE LANGUAGE sql
        AS 'SELECT $1::json ->> trim($2, ''"'')';
    CREATE FUNCTION sys.sysutcdatetime() RETURNS timestamp LANGUAGE sql AS 'SELECT now() AT TIME ZONE ''UTC''';
"""
ALIKE = {
    r".*EXEC @got = sp_getapplock @Resource = '\w+', @LockMode = 'Exclusive',.*": (
        "SELECT 0 FROM (SELECT pg_advisory_lock(7)) AS locked"
    ),
    r"(CREATE DATABASE|USE) \[app\]|SET XACT_ABORT ON": "",
    r"(CREATE|ALTER) LOGIN \[(\w+)\] WITH PASSWORD = N('.*'), CHECK_POLICY = OFF": r"\1 ROLE \2 LOGIN PASSWORD \3",
    r"CREATE USER \[(\w+)\] FOR LOGIN \[\1\]": r"GRANT USAGE ON SCHEMA public TO \1",
    r"IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION": "ROLLBACK",
}


def _bound(statement: str, parameters: Sequence[object]) -> tuple[str, Mapping[str, object]]:
    """A statement with its values in it, as the driver sends them."""
    return (_mssql.substitute_params(statement, parameters).decode() if parameters else statement), {}


def _raised(error: psycopg.Error) -> Exception:
    if "authentication failed" in str(error):
        return pymssql.OperationalError((18456, b"Login failed for user"))
    kind, number = next(found for known, found in NUMBERS.items() if isinstance(error, known))
    return kind(number, f"{error} denied".encode() if number == 229 else str(error).encode())


def _named(statement: str, parameters: Sequence[object]) -> tuple[str, Mapping[str, object]]:
    """A statement and its values as tedious sends them: @p1, @p2 …"""
    return statement, {f"p{number}": value for number, value in enumerate(parameters, 1)}


def _number(error: Exception) -> int:
    said = error.args[0]
    return int(said[0] if isinstance(said, tuple) else said)


DIALECT = Dialect("tsql", ALIKE, _bound, _raised, VIEWS, pymssql.Error, _number)


def _signed_in(server: Server, asked: Mapping[str, Any]) -> tuple[str, str]:
    """Who signs in through tedious, which was told to trust the right authority and no other."""
    assert (asked["encrypt"], asked["trustServerCertificate"]) == (True, False)
    assert asked["cryptoCredentialsDetails"] == {"ca": server.ca_bundle.read_text()}
    if (asked["server"], asked["port"]) != (server.host, server.port):
        raise pymssql.OperationalError((20009, b"Unable to connect"))
    assert asked["database"] == server.database
    return asked["userName"], asked["password"]


def bridge(server: Server) -> Bridge:
    """What connections of tedious lead to."""
    return Bridge(replace(DIALECT, bound=_named), server, _signed_in)


def standing_in(server: Server, environment: pytest.MonkeyPatch) -> None:
    """Let `pymssql.connect` lead to `server`, if it is asked for TLS and to trust the right authority."""

    def connect(**asked: Any) -> Connection:
        said = dict(line.split(" = ") for line in Path(os.environ["FREETDSCONF"]).read_text().splitlines()[1:])
        assert said["ca file"] == str(server.ca_bundle)
        assert (said["encryption"], said["check certificate hostname"]) == (asked["encryption"], "yes")
        assert (asked["tds_version"], asked["autocommit"]) == ("7.4", True)
        if (asked["server"], asked["port"]) != (server.host, str(server.port)):
            raise pymssql.OperationalError((20009, b"Unable to connect"))
        assert asked.get("database", server.database) == server.database
        return Connection(DIALECT, server, asked["user"], asked["password"])

    environment.setattr(pymssql, "connect", connect)


def _packet(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBHHBB", kind, 1, len(body) + 8, 0, 1, 0) + body


def _read(client: socket.socket) -> bytes:
    """What a packet of TDS holds. Raises OSError once the client has gone."""
    head = client.recv(8, socket.MSG_WAITALL)
    if len(head) < 8:
        raise ConnectionResetError
    return client.recv(struct.unpack(">H", head[2:4])[0] - 8, socket.MSG_WAITALL)


def _greet(client: socket.socket, folder: Path, arrived: list[bytes]) -> None:
    """Talk TDS with a client up to the first bytes that it sends under TLS, which are its login."""
    _read(client)
    options = b"\x00\x00\x0b\x00\x06" + b"\x01\x00\x11\x00\x01" + b"\xff"  # version and encryption, and where they are
    client.sendall(_packet(4, options + b"\x10\x00\x10\x00\x00\x00" + b"\x01"))
    took, gave = ssl.MemoryBIO(), ssl.MemoryBIO()
    inner = context(folder).wrap_bio(took, gave, server_side=True)
    shaken = False
    while not shaken:
        try:
            inner.do_handshake()
            shaken = True
        except ssl.SSLWantReadError:
            pass
        if gave.pending:
            client.sendall(_packet(0x12, gave.read()))
        if not shaken:
            took.write(_read(client))
    took.write(client.recv(65_536))
    arrived.append(inner.read(65_536))


@contextmanager
def greeting(folder: Path, arrived: list[bytes]) -> Iterator[int]:
    """A port where a server of TDS proves itself with the certificate in `folder`, and hangs up after the login."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # a client that trusts nobody goes
                _greet(self.request, folder, arrived)

    with socketserver.TCPServer(("localhost", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()
