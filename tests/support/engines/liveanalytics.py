"""Timestream for LiveAnalytics: calls and records are moto's, what moto does not have is the tests' own.

Engine not real: statements have to be such as Trino reads, and run on SQLite over the records that moto keeps. Columns
come with the first record that has them; another record at the same place and time is refused; an answer may be
without rows and name a next one. What was written is seen at once, which Timestream does not promise.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlglot
from moto.core.exceptions import JsonRESTError
from moto.timestreamquery.models import TimestreamQueryBackend
from moto.timestreamwrite.models import TimestreamTable, TimestreamWriteBackend, timestreamwrite_backends
from sqlglot import exp

Record = dict[str, Any]


@contextmanager
def queries(address: str, calls: set[str]) -> Iterator[None]:
    """Let moto answer queries, and tell clients to go to `address`; that they asked for it is noted in `calls`."""
    told: set[str] = set()

    def endpoints(_: TimestreamWriteBackend) -> dict[str, Any]:
        calls.add("timestream:DescribeEndpoints")
        return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 1440}]}

    def query(backend: TimestreamQueryBackend, query_string: str) -> dict[str, Any]:
        if query_string not in told:
            told.add(query_string)
            return {"QueryId": "1", "Rows": [], "ColumnInfo": [], "NextToken": "more"}
        told.discard(query_string)
        found = _rows(timestreamwrite_backends[backend.account_id][backend.region_name], query_string)
        return {
            "QueryId": "1",
            "Rows": [{"Data": [{"ScalarValue": v} for v in row]} for row in found],
            "ColumnInfo": [],
        }

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TimestreamQueryBackend, "query", query)
        patched.setattr(TimestreamTable, "write_records", _write)
        patched.setattr(TimestreamWriteBackend, "describe_endpoints", endpoints)
        yield


def _write(table: TimestreamTable, records: list[Record]) -> None:
    for index, record in enumerate(records):
        if any(_place(record) == _place(other) and record != other for other in table.records):
            raise rejected(index)
        if record not in table.records:
            table.records.append(record)


def rejected(index: int) -> JsonRESTError:
    """What a write is told whose record would take the place of another."""
    refused = JsonRESTError("RejectedRecordsException", "")
    reason = "The record version 1 is lower than or equal to the existing version 1."
    records = [{"RecordIndex": index, "Reason": reason, "ExistingVersion": 1}]
    refused.description = json.dumps({"__type": "RejectedRecordsException", "RejectedRecords": records})
    return refused


def _place(record: Record) -> tuple[Any, ...]:
    return record["Time"], record["MeasureName"], sorted((d["Name"], d["Value"]) for d in record["Dimensions"])


def _rows(backend: TimestreamWriteBackend, statement: str) -> list[tuple[str, ...]]:
    read = sqlglot.parse_one(statement, dialect="trino")
    (named,) = read.find_all(exp.Table)
    records = [_flat(record) for record in backend.databases[named.db].tables[named.name].records]
    columns = sorted({"time", "measure_name"}.union(*records))
    for column in read.find_all(exp.Column):
        if column.name not in columns:
            raise JsonRESTError("ValidationException", f"line 1:8: Column '{column.name}' does not exist")
    with sqlite3.connect(":memory:") as engine:
        engine.create_function("from_nanoseconds", 1, int)
        engine.execute("ATTACH ':memory:' AS " + f'"{named.db}"')
        names = ", ".join(f'"{name}"' for name in columns)
        engine.execute(f'CREATE TABLE "{named.db}"."{named.name}" ({names})')
        marks = ", ".join("?" for _ in columns)
        values = [[record.get(name) for name in columns] for record in records]
        engine.executemany(f'INSERT INTO "{named.db}"."{named.name}" VALUES ({marks})', values)
        return engine.execute(statement).fetchall()


def _flat(record: Record) -> Record:
    """A record as a row has it."""
    assert record["TimeUnit"] == "NANOSECONDS"
    pairs = [*record["Dimensions"], *record["MeasureValues"]]
    own = {pair["Name"]: pair["Value"] for pair in pairs}
    return {**own, "time": int(record["Time"]), "measure_name": record["MeasureName"]}
