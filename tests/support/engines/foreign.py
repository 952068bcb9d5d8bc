"""Engine not real: statements of SQL Server and Oracle, read as such (sqlglot) and run on PostgreSQL.

Licences keep both servers from the tests. What stands in is the connection of their drivers, and nothing else: it
takes what the driver would send, refuses what is not of the dialect, and raises what the driver raises. Rows, keys,
transactions, locks, users and their rights are PostgreSQL's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
import sqlglot
from sqlglot import exp

from support.engines.dsql import real
from support.servers import Server

# A computed column: PostgreSQL stores it, and says so.
COMPUTED = re.compile(r"(GENERATED ALWAYS AS \((?:[^()]|\([^()]*\))*\))(?! STORED)")
# What sqlglot reads in every dialect, and neither engine has.
ELSEWHERE = (exp.Limit, exp.Returning, exp.OnConflict, exp.ILike, exp.Boolean)


@dataclass(frozen=True)
class Dialect:
    """How PostgreSQL stands for an engine.

    `alike` are statements that sqlglot has no tree for, with what PostgreSQL has in their place, "" for nothing.
    `bound` gives the text and the values of what the driver sends; `raised` what it raises for an error of PostgreSQL,
    one of `errors`, whose `number` is the engine's. `views` are those tables and functions of the engine that its
    statements ask.
    """

    name: str
    alike: Mapping[str, str]
    bound: Callable[[str, Sequence[object]], tuple[str, Mapping[str, object]]]
    raised: Callable[[psycopg.Error], Exception]
    views: str
    errors: type[Exception]
    number: Callable[[Exception], int]


class Cursor:
    """A cursor of a driver, as far as the emitted code uses one."""

    def __init__(self, dialect: Dialect, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._dialect, self._cursor = dialect, connection.cursor()

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self._cursor.close()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._cursor.fetchall()

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._cursor.fetchone()

    def nextset(self) -> None:
        """There is one result alone."""

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        text, values = self._dialect.bound(statement, parameters)
        try:
            for each in self._statements(text):
                self._cursor.execute(each.encode(), values or None)
        except psycopg.Error as error:
            raise self._dialect.raised(error) from error

    def _statements(self, text: str) -> list[str]:
        if found := re.fullmatch(r"\s*IF (\w+\([^)]*\) IS NULL) (.*)", text, re.DOTALL):
            self._cursor.execute(as_postgres(f"SELECT {found[1]}", self._dialect.name)[0].encode())
            return self._statements(found[2]) if self._cursor.fetchall() == [(True,)] else []
        if text.startswith("MAKE CREATE TABLE"):  # unless it is there, and one after the other
            made = text.replace("MAKE CREATE TABLE", "CREATE TABLE IF NOT EXISTS")
            return [f"DO $$ BEGIN PERFORM pg_advisory_xact_lock(8); {made}; END $$"]
        for theirs, ours in self._dialect.alike.items():
            if found := re.fullmatch(theirs, text.strip(), re.DOTALL):
                return [found.expand(ours)] if ours else []
        return as_postgres(text, self._dialect.name)


@cache
def as_postgres(text: str, dialect: str) -> list[str]:
    """Statements of a dialect as PostgreSQL has them. Raises where they are none of the dialect's."""
    return [
        COMPUTED.sub(r"\1 STORED", _translated(tree).sql(dialect="postgres"))
        for tree in sqlglot.parse(text, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
        if tree is not None
    ]


def _translated(tree: exp.Expr) -> exp.Expr:
    assert not isinstance(tree, exp.Command), f"sqlglot can't read {tree.sql()}"
    assert not tree.find(*ELSEWHERE), f"of another dialect: {tree.sql()}"
    for node in list(tree.walk()):
        if isinstance(node, exp.National):  # N'text'
            node.replace(exp.Literal.string(node.this))
        elif isinstance(node, exp.Ordered):  # NULL stands in no key
            node.set("nulls_first", False)
        elif isinstance(node, (exp.Collate, exp.CollateColumnConstraint)):
            node.set("expression" if isinstance(node, exp.Collate) else "this", exp.to_identifier("C", quoted=True))
        elif isinstance(node, exp.ColumnDef) and not node.kind:  # a computed one says no type
            node.set("kind", exp.DataType.build("text"))
        elif isinstance(node, exp.DataType) and node.expressions and node.expressions[0].name.upper() == "MAX":
            node.replace(exp.DataType.build("text"))
        elif isinstance(node, exp.Table) and node.db == "dbo":
            node.set("db", exp.to_identifier("public"))
        elif isinstance(node, exp.Identifier) and node.this == "APP":  # the user, whom PostgreSQL calls app
            node.set("this", "app")
        elif isinstance(node, exp.JSONValue):
            node.replace(exp.func("json_field", node.this, exp.Literal.string(node.args["path"].sql("postgres"))))
        elif isinstance(node, exp.Parameter):  # @p1
            node.replace(exp.Placeholder(this=node.name))
        elif isinstance(node, exp.Is) and isinstance(node.this, exp.Placeholder):
            node.set("this", exp.cast(node.this.copy(), "text"))
    return tree


class Connection:
    """A connection of a driver that keeps every statement as a transaction of its own."""

    def __init__(self, dialect: Dialect, server: Server, user: str, password: str) -> None:
        self.dialect = dialect
        try:
            self._real = real(psycopg.Connection, server, user, password)
        except psycopg.Error as error:
            raise dialect.raised(error) from error
        self._real.execute("SET search_path = public, sys")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cursor(self) -> Cursor:
        return Cursor(self.dialect, self._real)

    @property
    def autocommit(self) -> bool:
        return self._real.autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self._real.autocommit = value

    def close(self) -> None:
        self._real.close()


def prepare(dialect: Dialect, server: Server) -> None:
    """Leave no table and no user of ours, and what the engine has of itself."""
    clean = (
        "DROP SCHEMA IF EXISTS sys CASCADE",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "GRANT USAGE ON SCHEMA public TO PUBLIC",
        "DROP ROLE IF EXISTS app",
        "CREATE SCHEMA sys",
        "GRANT USAGE ON SCHEMA sys TO PUBLIC",
        dialect.views,
        "GRANT SELECT ON ALL TABLES IN SCHEMA sys TO PUBLIC",
    )
    with real(psycopg.Connection, server, *server.master) as connection:
        for statement in clean:
            connection.execute(statement.encode())
