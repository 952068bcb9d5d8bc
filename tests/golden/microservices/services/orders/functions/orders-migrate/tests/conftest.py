"""Runs the function without AWS: its secrets in moto, its statements in SQLite."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.pop("AWS_PROFILE", None)
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "ORDERS_USER": "app",
}

import engine
import secret_values

# SQLite's, for which types and clocks are of no account.
LEDGER = "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, checksum text)"


class Server:
    """The database: who signed in and which rights were given; SQLite runs the statements."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.signed_in: list[tuple[str, ...]] = []
        self.users: list[tuple[Any, ...]] = []

    @contextmanager
    def connect(self, *credentials: str) -> Iterator[Server]:
        self.signed_in.append(credentials)
        yield self

    def run(self, statement: str, parameters: tuple[str, ...] = ()) -> list[Any]:
        return self.database.execute(statement.replace("%s", "?"), parameters).fetchall()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """Stands for what engine.py talks to."""
    made = Server()
    replaced: dict[str, Any] = {
        "LEDGER": LEDGER,
        "connect": made.connect,
        "run": lambda _connection, *statement: made.run(*statement),
        "has_user": lambda _connection: bool(made.users),
        "sign_in": lambda password: made.signed_in.append(("app", password)),
        "lock": lambda _connection: None,
        "run_script": lambda _connection, script: made.database.executescript(script),
        "put_user": lambda _connection, *password: made.users.append(password),
        "grant": lambda _connection: None,
        "transaction": lambda _connection: made.database,
    }
    for name, stand_in in replaced.items():
        monkeypatch.setattr(engine, name, stand_in)
    return made


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The ARNs of the secrets, in moto."""
    secret_values.client.cache_clear()
    with mock_aws():
        client = secret_values.client()
        arns = {}
        for name, user in {"MASTER_SECRET_ARN": "root", "SECRET_ARN": "app"}.items():
            value = json.dumps({"username": user, "password": f"first-{user}"})
            arns[user] = client.create_secret(Name=user, SecretString=value)["ARN"]
            monkeypatch.setenv(f"ORDERS_{name}", arns[user])
        yield arns
    secret_values.client.cache_clear()
