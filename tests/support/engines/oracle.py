"""Engine not real: what stands for a connection of python-oracledb, which has no way to put values into statements."""

from __future__ import annotations

import re
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import oracledb
import psycopg
import pytest

from support.engines import foreign
from support.engines.bridge import Bridge
from support.engines.tls import listening
from support.servers import Server

# What Oracle numbers its refusals with, by the class of PostgreSQL's.
NUMBERS: Mapping[type[psycopg.Error], tuple[type[Exception], int]] = {
    psycopg.errors.UniqueViolation: (oracledb.IntegrityError, 1),
    psycopg.errors.IntegrityError: (oracledb.IntegrityError, 2290),
    psycopg.errors.UndefinedTable: (oracledb.DatabaseError, 942),
    psycopg.errors.InsufficientPrivilege: (oracledb.DatabaseError, 1031),
    psycopg.errors.InvalidPassword: (oracledb.DatabaseError, 1017),
    psycopg.OperationalError: (oracledb.DatabaseError, 4011),
    psycopg.Error: (oracledb.DatabaseError, 900),
}
VIEWS = """
    CREATE VIEW sys.dual AS SELECT 'X' AS dummy;
    CREATE VIEW sys.all_users AS SELECT upper(rolname) AS username FROM pg_roles;
    CREATE VIEW sys.user_tables AS SELECT CASE WHEN tablename LIKE 'schema_%' THEN upper(tablename) ELSE tablename END
        AS table_name, 'NO' AS dropped FROM pg_tables WHERE schemaname = 'public';
    CREATE FUNCTION sys.sys_context(text, text) RETURNS text LANGUAGE sql AS 'SELECT ''MASTER''';
    CREATE FUNCTION sys.systimestamp() RETURNS timestamp LANGUAGE sql AS 'SELECT now() AT TIME ZONE ''UTC''';
    CREATE FUNCTION sys.json_field(text, text) RETURNS text IMMUTABLE LANGUAGE sql
        AS 'SELECT $1::json ->> trim($2, ''"$.'' || chr(39))';
"""
MAKE = r"DECLARE\s+taken EXCEPTION;\s+PRAGMA EXCEPTION_INIT\(taken, -955\);\s+BEGIN\s+EXECUTE IMMEDIATE '(.*)';\s+"
ALIKE = {
    r"DECLARE\s.*\(taken, -2379\);.*'CREATE PROFILE functions LIMIT [A-Z_ 0-9/]+';.*": "",
    r"(CREATE|ALTER) USER \"APP\" IDENTIFIED BY \"(.*)\" PROFILE functions": r"\1 ROLE app LOGIN PASSWORD '\2'",
    r"GRANT CREATE SESSION TO \"APP\"": "GRANT USAGE ON SCHEMA public TO app",
    r"CREATE OR REPLACE SYNONYM \"APP\"\.\"\w+\" FOR \"MASTER\"\.\"\w+\"": "",
    r"LOCK TABLE (\w+) IN EXCLUSIVE MODE WAIT \d+": r"LOCK TABLE \1 IN EXCLUSIVE MODE",
}


def _bound(statement: str, parameters: Sequence[object]) -> tuple[str, Mapping[str, object]]:
    """A statement with values beside it, in the order in which it has numbers; no text is empty."""
    numbers = [int(number) for number in re.findall(r":(\d+)", statement)]
    assert numbers == list(range(1, len(parameters) + 1))
    values = {f"b{number}": None if value == "" else value for number, value in zip(count(1), parameters, strict=False)}
    text = re.sub(r":(\d+)", r":b\1", statement)
    if made := re.match(MAKE, text.strip(), re.DOTALL):  # of a block, the statement in it
        (table,) = foreign.as_postgres(made[1], "oracle")
        return f"MAKE {table}", values
    return text, values


def _raised(error: psycopg.Error) -> Exception:
    refused = "authentication failed" in str(error)
    kind, number = next(found for known, found in NUMBERS.items() if isinstance(error, known))
    kind, number = (oracledb.DatabaseError, 1017) if refused else (kind, number)
    code = "DPY-4011" if number == 4011 else f"ORA-{number:05}"
    text = f"{error} denied" if number == 1031 else str(error)
    return kind(SimpleNamespace(code=number, full_code=code, message=text, __str__=lambda: text))


DIALECT = foreign.Dialect(
    "oracle", ALIKE, _bound, _raised, VIEWS, oracledb.Error, lambda error: int(error.args[0].code)
)


def _signed_in(server: Server, asked: Mapping[str, Any]) -> tuple[str, str]:
    """Who signs in through oracledb of Node.js, which takes trust from the process."""
    assert asked["sslServerDNMatch"] is True
    if asked["connectString"] != f"tcps://{server.host}:{server.port}/{server.database}":
        raise oracledb.OperationalError(SimpleNamespace(code=0, full_code="DPY-6005"))
    return asked["user"], asked["password"]


def bridge(server: Server) -> Bridge:
    """What connections of oracledb in Node.js lead to."""
    return Bridge(DIALECT, server, _signed_in)


class Cursor(foreign.Cursor):
    def __init__(self, connection: Connection, *_: object) -> None:
        super().__init__(DIALECT, connection._real)

    def setinputsizes(self, *kinds: object) -> None:
        self.kinds = kinds


class Connection(foreign.Connection):
    call_timeout = 0

    def cursor(self, *_: object) -> Cursor:
        return Cursor(self)


def standing_in(server: Server, environment: pytest.MonkeyPatch) -> None:
    """Let modules that are loaded from now on have what stands in: for the driver's classes, and for `connect`."""

    def connect(*, conn_class: Callable[..., Any], ssl_context: ssl.SSLContext, **asked: Any) -> Any:
        assert (asked["protocol"], asked["ssl_server_dn_match"]) == ("tcps", True)
        assert (ssl_context.check_hostname, ssl_context.verify_mode) == (True, ssl.CERT_REQUIRED)
        if (asked["host"], asked["port"]) != (server.host, server.port):
            raise oracledb.OperationalError(SimpleNamespace(code=0, full_code="DPY-6005"))
        return conn_class(DIALECT, server, asked["user"].lower(), asked["password"])

    for name, stand_in in {"Cursor": Cursor, "Connection": Connection, "connect": connect}.items():
        environment.setattr(oracledb, name, stand_in)


def greeting(folder: Path, arrived: list[bytes]) -> AbstractContextManager[int]:
    """A port where a server proves itself with the certificate in `folder`, and hangs up at the first word."""

    async def talk(reader: StreamReader, _: StreamWriter) -> None:
        arrived.append(await reader.read(65_536))

    return listening(folder, talk)
