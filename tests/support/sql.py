"""Deploys a rendered SQL function and its store's migrations against a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import psycopg
import pymysql
import pytest

from support.cases import TICKETS, Case
from support.engines.dsql import real
from support.handlers import load, write
from support.requests import Answer, call, event
from support.servers import Server

CLEAN = {
    "postgres": [
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "GRANT USAGE ON SCHEMA public TO PUBLIC",
        "DROP ROLE IF EXISTS app",
    ],
    "aurora-dsql": [
        "DROP SCHEMA IF EXISTS sys CASCADE",
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "DROP ROLE IF EXISTS app",
    ],
    "mysql": ["DROP DATABASE app", "CREATE DATABASE app", "DROP USER IF EXISTS app@'%'"],
}
CLUSTER = "arn:aws:rds:us-east-1:123456789012:cluster:tickets"
ITEMS, ONE = "/tickets", "/tickets/{id}"


@dataclass(frozen=True)
class Application:
    """A function and its store's migration function, as they stand in Lambda, and their surroundings."""

    engine: str
    folder: Path
    handler: ModuleType
    database: ModuleType
    items: ModuleType
    migrations: ModuleType
    as_master: Callable[..., list[tuple[Any, ...]]]

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return call(self.handler, event(*args, **kwargs))

    def create(self, owner: str = "ann", **fields: Any) -> str:
        answer = self("POST", ITEMS, claims={"sub": owner}, body=fields)
        assert answer.status == 201
        return str(answer.body["id"])

    def migrate(self) -> dict[str, Any]:
        result: dict[str, Any] = self.migrations.lambda_handler({}, None)
        return result


def secret(name: str, user: str, password: str) -> str:
    value = json.dumps({"username": user, "password": password})
    arn: str = boto3.client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]
    return arn


def deployed(case: Case, server: Server, folder: Path, environment: pytest.MonkeyPatch) -> Application:
    variables = {
        "TICKETS_HOST": server.host,
        "TICKETS_PORT": str(server.port),
        "TICKETS_DB_NAME": server.database,
        "TICKETS_USER": "app",
        "TICKETS_CA_BUNDLE": str(server.ca_bundle),
        "TICKETS_MASTER_SECRET_ARN": secret("master", *server.master),
        "TICKETS_SECRET_ARN": secret("app", "app", "the first password"),
    }
    if case.data_api:
        variables["AWS_ENDPOINT_URL_RDS_DATA"] = server.data_api
        variables["TICKETS_CLUSTER_ARN"] = CLUSTER
    for name, value in variables.items():
        environment.setenv(name, value)
    home = write(folder, case, "migrate")
    migrations, engine = load(home, "handler", "engine")
    handler, database, items = load(write(folder, case), "handler", "database", "items")

    def as_master(*statements: str) -> list[tuple[Any, ...]]:
        with _master(case, server, engine) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    as_master(*CLEAN.get(case.store, ()))
    return Application(case.store, home, handler, database, items, migrations, as_master)


def master(engine: str, server: Server) -> Any:
    """A connection of the user who may do everything."""
    if engine != "mysql":
        return real(psycopg.Connection, server, *server.master)
    user, password = server.master
    place = {"host": server.host, "port": server.port, "database": server.database}
    return pymysql.connect(**place, user=user, password=password, ssl_ca=str(server.ca_bundle), autocommit=True)


def _master(case: Case, server: Server, engine: ModuleType) -> Any:
    """A connection of the master user, where functions have none of their own or one to what isn't there."""
    if case.data_api or case.store in ("aurora-dsql", "sqlserver", "oracle"):
        return master(case.store, server)
    return engine.connect(*server.master)


@pytest.fixture(params=["postgres", "mysql"])
def sql_server(request: pytest.FixtureRequest) -> tuple[str, Server]:
    fixture = {"postgres": "postgres", "mysql": "mariadb"}[request.param]
    return request.param, request.getfixturevalue(fixture)


@pytest.fixture
def unmigrated(
    sql_server: tuple[str, Server], aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    """Deployed, not migrated yet."""
    engine, running = sql_server
    made = deployed(replace(TICKETS, store=engine, style="plain"), running, tmp_path, monkeypatch)
    yield made
    made.database.close()


@pytest.fixture
def migrated(unmigrated: Application) -> Application:
    """Deployed and migrated."""
    unmigrated.migrate()
    return unmigrated
