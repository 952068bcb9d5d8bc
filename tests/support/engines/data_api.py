"""The RDS Data API in front of a real database: calls as the SDKs send them, types as strict as the service's.

The service binds every value with the type that a call says, signs in with the secret's current version, takes one
statement a call and keeps a transaction for whoever has its id
(https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html).
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import psycopg
import pymysql
import pytest
from psycopg.types.string import TextLoader
from pymysql.constants.FIELD_TYPE import DATETIME

from support.servers import Server

NAMED = re.compile(r"(?<!:):([a-z]\w*)")
HINTED = re.compile(r"(INSERT|UPDATE) /\*\+ SET_VAR\(sql_mode = ('\w+')\) \*/(.*)", re.DOTALL)
WRITES = re.compile(r"\s*(INSERT INTO|UPDATE) `")
# What pymysql does not tell of an error: taken, too long, signed in with another password, no JSON.
STATES = {1062: "23000", 1406: "22001", 1045: "28000", 4025: "23000"}
CASTS = {"TIMESTAMP": "timestamp", "JSON": "json", "stringValue": "varchar", "longValue": "bigint"}


class RefusedError(Exception):
    """An answer of the service that is an error: its code and message."""


class DataApi:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.transactions: dict[str, psycopg.Connection[Any]] = {}

    def answer(self, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return getattr(self, {"/Execute": "execute"}.get(path, path.strip("/")))(asked)
        except psycopg.OperationalError as error:
            raise RefusedError("BadRequestException", f"FATAL: {error}; SQLState: 28P01") from error
        except psycopg.Error as error:
            said = f"ERROR: {error.diag.message_primary}; SQLState: {error.sqlstate}"
            raise RefusedError("DatabaseErrorException", said) from error
        except pymysql.MySQLError as error:
            number, text = error.args
            said = f"{text}; Error code: {number}; SQLState: {STATES.get(number, 'HY000')}"
            raise RefusedError("BadRequestException", said) from error

    def connect(self, asked: Mapping[str, Any], *, autocommit: bool) -> psycopg.Connection[Any]:
        text = self.secret(asked)
        made = psycopg.connect(
            host=self.server.host,
            port=self.server.port,
            dbname=asked["database"],
            user=text["username"],
            password=text["password"],
            sslmode="verify-full",
            sslrootcert=self.server.ca_bundle,
            options="-c timezone=UTC",
            autocommit=autocommit,
        )
        made.adapters.register_loader("jsonb", TextLoader)
        return made

    def secret(self, asked: Mapping[str, Any]) -> dict[str, str]:
        text = self.secrets.get_secret_value(SecretId=asked["secretArn"])["SecretString"]
        return dict(json.loads(text))

    @cached_property
    def secrets(self) -> Any:
        return boto3.client("secretsmanager")

    def execute(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if "transactionId" in asked:
            return self.result(self.transactions[asked["transactionId"]], asked)
        with self.connect(asked, autocommit=True) as connection:
            return self.result(connection, asked)

    def result(self, connection: psycopg.Connection[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
        said = {each["name"]: each for each in asked.get("parameters", ())}
        values = {name: next(iter(each["value"].values())) for name, each in said.items()}

        def typed(match: re.Match[str]) -> str:
            each = said[match[1]]
            return f"%({match[1]})s::{CASTS[each.get('typeHint') or next(iter(each['value']))]}"

        # with parameters, even none, PostgreSQL takes one statement at a time
        cursor = connection.execute(NAMED.sub(typed, asked["sql"].replace("%", "%%")).encode(), values)
        if cursor.description is None:
            return {"numberOfRecordsUpdated": max(cursor.rowcount, 0)}
        types = [connection.adapters.types.get(column.type_code) for column in cursor.description]
        answer: dict[str, Any] = {"records": [[_field(v) for v in row] for row in cursor], "numberOfRecordsUpdated": 0}
        if asked.get("includeResultMetadata"):
            answer["columnMetadata"] = [{"typeName": each.name if each else "unknown"} for each in types]
        return answer

    def BeginTransaction(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        begun = str(uuid.uuid4())
        self.transactions[begun] = self.connect(asked, autocommit=False)
        return {"transactionId": begun}

    def CommitTransaction(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        with self.transactions.pop(asked["transactionId"]) as connection:
            connection.commit()
        return {"transactionStatus": "Transaction Committed"}

    def RollbackTransaction(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        with self.transactions.pop(asked["transactionId"]) as connection:
            connection.rollback()
        return {"transactionStatus": "Rollback Complete"}


class OfMariaDB(DataApi):
    """No session is strict, unless a statement says so, which MariaDB has other words for than MySQL."""

    def execute(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        said = {each["name"]: each for each in asked.get("parameters", ())}
        values = {name: next(iter(each["value"].values())) for name, each in said.items()}
        assert all(datetime.fromisoformat(values[name]) for name in said if said[name].get("typeHint") == "TIMESTAMP")
        sql = HINTED.sub(r"SET STATEMENT sql_mode = \2 FOR \1\3", asked["sql"])
        assert not WRITES.match(sql), "a function's write is not strict"
        secret = self.secret(asked)
        connection = pymysql.connect(
            host=self.server.host,
            port=self.server.port,
            database=asked["database"],
            user=secret["username"],
            password=secret["password"],
            ssl_ca=str(self.server.ca_bundle),
            ssl_verify_cert=True,
            charset="utf8mb4",
            init_command="SET sql_mode = ''",
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(NAMED.sub(r"%(\1)s", sql.replace("%", "%%")), values)
            if cursor.description is None:
                return {"numberOfRecordsUpdated": cursor.rowcount}
            types = ["DATETIME" if column[1] == DATETIME else "VARCHAR" for column in cursor.description]
            names = [{"typeName": name} for name in types]
            records = [[_field(value) for value in row] for row in cursor.fetchall()]
        return {
            "records": records,
            "numberOfRecordsUpdated": 0,
            "columnMetadata": names,
        }


def _field(value: object) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return {"stringValue": moment.strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".")}
    return {"longValue": value} if isinstance(value, int) else {"stringValue": value}


@contextmanager
def serving(service: DataApi) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer, code = 200, {}, ""
            try:
                answer = service.answer(self.path, asked)
            except RefusedError as error:
                status, (code, message) = 400, error.args
                answer = {"message": message}
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if code:
                self.send_header("x-amzn-ErrorType", code)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Nothing is written to the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def data_api(postgres: Server) -> Iterator[Server]:
    """The server of PostgreSQL, with the Data API in front."""
    with serving(DataApi(postgres)) as address:
        yield replace(postgres, data_api=address)


@pytest.fixture(scope="session")
def data_api_mariadb(mariadb: Server) -> Iterator[Server]:
    """The server of MariaDB, with the Data API in front."""
    with serving(OfMariaDB(mariadb)) as address:
        yield replace(mariadb, data_api=address)
