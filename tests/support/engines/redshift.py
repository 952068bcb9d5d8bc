"""Engine not real: the Redshift Data API spoken by the tests, each statement read as Redshift's and run on PostgreSQL.

What PostgreSQL does is what is shown: rights of users, transactions, locks. What Redshift alone has is checked for
its grammar (sqlglot) and left out: sort keys, users without a password. There is no primary key on either side.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg
import pytest
import sqlglot
from sqlglot import exp

from support.engines.https import Answer, Request, serving
from support.servers import Server, home, write_certificates

ADMIN_SECRET, WORKGROUP, DATABASE = "redshift!kept-dbadmin", "kept", "app"
JSON = "application/x-amz-json-1.1"
# Of Redshift, and what PostgreSQL has in its place.
ALIKE = {" PASSWORD DISABLE": " PASSWORD NULL ROLE CURRENT_USER"}  # who may become it then


@dataclass
class DataApi:
    """A workgroup whose callers sign in as the user of a role, or with the administrator's secret."""

    server: Server
    role: str = "NotesRole"
    slow: bool = False  # no statement ends while somebody waits
    cancelled: list[str] = field(default_factory=list)
    _ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    _idle: list[psycopg.Connection[tuple[Any, ...]]] = field(default_factory=list)
    port: int = 0

    def __call__(self, request: Request) -> Answer:
        operation = request.headers["X-Amz-Target"].partition(".")[2]
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "ExecuteStatement": lambda said: self._started(said, [said["Sql"]]),
            "BatchExecuteStatement": lambda said: self._started(said, said["Sqls"], batch=True),
            "DescribeStatement": lambda said: self._ended[said["Id"]],
            "GetStatementResult": lambda said: {"Records": self._ended[said["Id"]]["rows"]},
            "CancelStatement": self._cancel,
        }
        answer = json.dumps(answers[operation](json.loads(request.body))).encode()
        if operation == "CancelStatement":  # as where a statement ends just before
            return (
                400,
                JSON,
                b'{"__type": "ValidationException", "message": "the query is finished already"}',
            )
        return 200, JSON, answer

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A new connection as the administrator."""
        user, password = self.server.master
        tls = {"sslmode": "verify-full", "sslrootcert": str(self.server.ca_bundle)}
        place = {"host": self.server.host, "port": self.server.port, "dbname": self.server.database}
        return psycopg.connect(**place, **tls, user=user, password=password)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """One that nobody uses at the moment, for one transaction."""
        connection = self._idle.pop() if self._idle else self.connect()
        with connection.transaction():
            yield connection
        self._idle.append(connection)

    def close(self) -> None:
        for connection in self._idle:
            connection.close()

    def _started(self, said: Mapping[str, Any], statements: Sequence[str], batch: bool = False) -> dict[str, Any]:
        assert (said["WorkgroupName"], said["Database"]) == (WORKGROUP, DATABASE)
        identity, values = str(uuid.uuid4()), {each["name"]: each["value"] for each in said.get("Parameters", ())}
        assert all(values.values()), "the Data API takes no empty value"
        if self.slow:
            return {"Id": identity, "Status": "STARTED", "HasResultSet": False}
        assert not values or values.keys() == {name for each in statements for name in _names(each)}
        made: dict[str, Any] = {"Id": identity, "Status": "FINISHED", "HasResultSet": False, "rows": []}
        parts: list[dict[str, Any]] = []
        try:
            with self._connection() as connection:
                if said.get("SecretArn") != ADMIN_SECRET:
                    connection.execute(f'SET LOCAL ROLE "IAMR:{self.role}"'.encode())
                for statement in statements:
                    cursor = connection.execute(as_postgres(statement).encode(), values)
                    if cursor.description:
                        rows = [[{"stringValue": str(value)} for value in row] for row in cursor.fetchall()]
                        made |= {"HasResultSet": True, "rows": rows}
                    parts.append({"Id": f"{identity}:{len(parts) + 1}", "ResultRows": cursor.rowcount})
        except psycopg.Error as error:
            made |= {"Status": "FAILED", "Error": f"ERROR: {error}"}
        made |= {"SubStatements": parts} if batch else {"ResultRows": parts[-1]["ResultRows"] if parts else -1}
        self._ended[identity] = made
        return {name: made[name] for name in ("Id", "Status", "HasResultSet")}

    def _cancel(self, said: Mapping[str, Any]) -> dict[str, Any]:
        self.cancelled.append(said["Id"])
        return {"Status": True}


@cache
def _names(statement: str) -> set[str]:
    """The named parameters of a statement."""
    return {str(each.this) for each in sqlglot.parse_one(statement, read="redshift").find_all(exp.Placeholder)}


@cache
def as_postgres(statement: str) -> str:
    """A statement of Redshift as PostgreSQL has it. Raises where it is none of Redshift's."""
    read = sqlglot.parse_one(statement, read="redshift", error_level=sqlglot.ErrorLevel.RAISE)
    if isinstance(read, exp.Command):  # sqlglot keeps the words of what it has no tree for
        for theirs, ours in ALIKE.items():
            statement = statement.replace(theirs, ours)
        return statement
    for property_ in list(read.find_all(exp.SortKeyProperty)):
        property_.pop()
    return read.sql(dialect="postgres")


@contextmanager
def data_api(server: Server) -> Iterator[DataApi]:
    """The Data API in front of `server`, with no table and no user; AWS's clients are led to it."""
    api = DataApi(server)
    with api.connect() as connection:
        for statement in (
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
            "GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC",  # as Redshift has it
            f'DROP ROLE IF EXISTS "IAMR:{api.role}"',
        ):
            connection.execute(statement.encode())
    with home("redshift") as folder, pytest.MonkeyPatch.context() as environment:
        authority = str(write_certificates(folder))
        for name in ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
            environment.setenv(name, authority)
        with serving(api, folder) as api.port:
            environment.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", f"https://localhost:{api.port}")
            yield api
            api.close()
