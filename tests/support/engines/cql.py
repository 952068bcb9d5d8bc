"""The statements of CQL that a repository needs, on SQLite. Engine not real: what Keyspaces documents, in small.

What Cassandra refuses is refused: a query without its partition key, a write without the whole key. Values stay
the bytes that the driver sent; of those, text, timestamps and numbers above zero compare as Cassandra compares them.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from dataclasses import dataclass, field
from hashlib import blake2b

TYPES = {"text": 0x0D, "timestamp": 0x0B, "boolean": 0x04, "int": 0x09, "bigint": 0x02}
TERM = re.compile(r'(?P<token>token\()?"?(?P<column>\w+)"?\)?\s*(?P<operator>>=|<=|=|>|<)\s*(?:\?|token\(\?\))')
SELECT = r"(?P<verb>SELECT) (?P<columns>.+?) FROM (?P<table>\S+)(?: WHERE (?P<where>.+?))?(?P<limit> LIMIT \?)?$"
INSERT = r"(?P<verb>INSERT) INTO (?P<table>\S+) \((?P<columns>.+?)\) VALUES \([?, ]+\)(?: IF (?P<if>NOT EXISTS))?$"
UPDATE = r"(?P<verb>UPDATE) (?P<table>\S+) SET (?P<set>.+?) WHERE (?P<where>.+?)(?: IF (?P<if>.+))?$"
DELETE = r"(?P<verb>DELETE) FROM (?P<table>\S+) WHERE (?P<where>.+?)(?: IF (?P<if>.+))?$"
YES, NO = b"\x01", b"\x00"

Columns = dict[str, str]  # name to type
Rows = tuple[Columns, list[tuple[bytes | None, ...]]]


class Invalid(Exception):
    """What the server answers with the error Invalid."""


@dataclass(frozen=True)
class Table:
    keyspace: str
    name: str
    partition: tuple[str, ...]
    clustering: tuple[str, ...]
    columns: Columns

    @property
    def key(self) -> tuple[str, ...]:
        return self.partition + self.clustering


@dataclass(frozen=True)
class Statement:
    """`binds` are the columns that its question marks stand for, in order ("" for a limit)."""

    table: Table
    verb: str
    columns: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    where: tuple[tuple[str, str, bool], ...] = ()  # column, operator, whether its token
    condition: str = ""
    binds: tuple[str, ...] = ()


@dataclass
class Keyspaces:
    tables: dict[str, Table] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.db.create_function("token", 1, lambda value: blake2b(value, digest_size=7).digest(), deterministic=True)

    def create(self, table: Table) -> None:
        """Make `table` anew, empty."""
        self.tables[f"{table.keyspace}.{table.name}"] = table
        self.db.execute(f'DROP TABLE IF EXISTS "{table.keyspace}.{table.name}"')
        columns = ", ".join(f'"{column}" BLOB' for column in table.columns)
        key = ", ".join(f'"{column}"' for column in table.key)
        self.db.execute(f'CREATE TABLE "{table.keyspace}.{table.name}" ({columns}, PRIMARY KEY ({key}))')

    def prepare(self, text: str) -> Statement:
        """Read a statement. Raises Invalid for what CQL or a table of Keyspaces does not have."""
        flat = " ".join(text.split())
        said = next((m.groupdict() for each in (SELECT, INSERT, UPDATE, DELETE) if (m := re.match(each, flat))), None)
        table = self.tables.get((said or {}).get("table", "").replace('"', ""))
        if said is None or table is None:
            raise Invalid(f"no such table, or a statement that this stand-in does not read: {flat}")
        where = tuple((m["column"], m["operator"], bool(m["token"])) for m in TERM.finditer(said.get("where") or ""))
        written = tuple(m["column"] for m in TERM.finditer(said.get("set") or ""))
        columns = tuple(re.findall(r"\w+", said.get("columns") or ""))
        asked = said.get("if") or ""
        terms = tuple(m["column"] for m in TERM.finditer(asked))
        binds = (columns if said["verb"] == "INSERT" else written) + tuple(term[0] for term in where) + terms
        made = Statement(table, said["verb"], columns, written, where, asked, binds + ("",) * bool(said.get("limit")))
        _check(made)
        return made

    def execute(self, statement: Statement, values: list[bytes | None]) -> Rows | None:
        """Run it; None where the server answers nothing (Void)."""
        with self.lock:
            return (
                _select(self.db, statement, values)
                if statement.verb == "SELECT"
                else _write(self.db, statement, values)
            )


def _check(made: Statement) -> None:
    equal = [column for column, operator, token in made.where if operator == "=" and not token]
    unknown = [column for column in (*made.columns, *made.binds) if column and column not in made.table.columns]
    if unknown:
        raise Invalid(f"Undefined column name {unknown[0]}")
    if made.verb in {"UPDATE", "DELETE"} and set(equal) != set(made.table.key):
        raise Invalid("Some primary key parts are missing")
    if made.verb == "INSERT" and not set(made.table.key) <= set(made.columns):
        raise Invalid("Some primary key parts are missing")
    free = [column for column, _, token in made.where if not token and column not in made.table.key]
    ranged = any(token for *_, token in made.where) or not made.where
    if made.verb == "SELECT" and (free or not (ranged or set(made.table.partition) <= set(equal))):
        raise Invalid("Cannot execute this query as it might involve data filtering")


def _name(table: Table) -> str:
    return f'"{table.keyspace}.{table.name}"'


def _where(statement: Statement) -> str:
    terms = [f'token("{c}") {o} token(?)' if token else f'"{c}" {o} ?' for c, o, token in statement.where]
    return f" WHERE {' AND '.join(terms)}" if terms else ""


def _select(db: sqlite3.Connection, statement: Statement, values: list[bytes | None]) -> Rows:
    table = statement.table
    shown = {column: table.columns[column] for column in statement.columns}
    bound: list[object] = list(values)
    if statement.binds[-1:] == ("",):
        bound[-1] = int.from_bytes(values[-1] or b"", "big")
    order = [f'token("{table.partition[0]}")', *(f'"{column}"' for column in table.clustering)]
    query = f"SELECT {', '.join(shown)} FROM {_name(table)}{_where(statement)} ORDER BY {', '.join(order)}"
    return shown, db.execute(query + " LIMIT ?" * (statement.binds[-1:] == ("",)), bound).fetchall()


def _write(db: sqlite3.Connection, statement: Statement, values: list[bytes | None]) -> Rows | None:
    table = statement.table
    said = {column: value for column, value in zip(statement.binds, values, strict=True) if column in table.key}
    wanted = values[-1]  # of a condition: the last thing bound
    key = [
        said[column] if statement.verb == "INSERT" else values[statement.binds.index(column)] for column in table.key
    ]
    whole = " AND ".join(f'"{column}" = ?' for column in table.key)
    there = db.execute(f"SELECT {', '.join(table.columns)} FROM {_name(table)} WHERE {whole}", key).fetchone()
    row = dict(zip(table.columns, there or (), strict=False))
    tested = TERM.match(statement.condition)
    applied = {"": True, "NOT EXISTS": not row, "EXISTS": bool(row)}.get(statement.condition)
    if applied is None and tested:
        applied = bool(row) and row[tested["column"]] == wanted
    if applied and statement.verb == "DELETE":
        db.execute(f"DELETE FROM {_name(table)} WHERE {whole}", key)
    elif applied:
        columns = statement.columns or statement.set
        new = row | dict(zip(table.key, key, strict=True)) | dict(zip(columns, values, strict=False))
        marks = ", ".join("?" for _ in new)
        db.execute(f"INSERT OR REPLACE INTO {_name(table)} ({', '.join(new)}) VALUES ({marks})", list(new.values()))
    if not statement.condition:
        return None
    shown = [] if applied or not row else [tested["column"]] if tested else list(table.columns)
    types = {"[applied]": "boolean"} | {column: table.columns[column] for column in shown}
    return types, [(YES if applied else NO, *(row[column] for column in shown))]
