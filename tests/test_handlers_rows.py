"""Rendered handlers of Keyspaces with Cassandra's driver: tables without owners, sessions that come and go, TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.emitted import emitted
from support.engines.cassandra import KeyspacesServer
from support.engines.cql import Table
from support.handlers import load, put, pytest_in
from support.nodejs import Function, Start
from support.rendered import variant
from support.requests import call, event
from support.tidy import untidy

COLUMNS = {"id": "text", "data": "text", "etag": "text", "updated_at": "timestamp"}
ANN = {"owner": "ann"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emitted("wide-rows", tmp_path_factory.mktemp("rows"))


@pytest.fixture
def keyspaces(cassandra: KeyspacesServer, lambda_variables: None, monkeypatch: pytest.MonkeyPatch) -> KeyspacesServer:
    cassandra.keyspaces.create(Table("log", "airports", ("id",), (), COLUMNS))
    cassandra.keyspaces.create(Table("log", "flights", ("owner",), ("id",), {"owner": "text", **COLUMNS}))
    monkeypatch.setenv("SSL_CERT_FILE", str(cassandra.ca_bundle))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", cassandra.master[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", cassandra.master[1])
    for store in ("AIRPORTS", "FLIGHTS"):
        monkeypatch.setenv(f"{store}_HOST", cassandra.host)
        monkeypatch.setenv(f"{store}_PORT", str(cassandra.port))
        monkeypatch.setenv(f"{store}_KEYSPACE", "log")
    return cassandra


@pytest.fixture
def flights(project: Path, keyspaces: KeyspacesServer) -> Iterator[ModuleType]:
    (repository,) = load(project / "functions/flights", "repository")
    yield repository
    repository.cql.close()


@pytest.fixture
def in_nodejs(tmp_path: Path, keyspaces: KeyspacesServer, start: Start, monkeypatch: pytest.MonkeyPatch) -> Function:
    """The function of flights in Node.js, which trusts the server's certificate."""
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(keyspaces.ca_bundle))
    for file in variant("wide-rows", runtime="nodejs24.x", handlers="plain").files:
        if file.path.startswith("functions/flights/"):
            put(tmp_path / file.path, file.text)
    return start(tmp_path / "functions/flights")


def test_code_is_tidy(project: Path) -> None:
    assert untidy(*(project / "functions").iterdir()) == ""


@pytest.mark.parametrize("function", ["flights", "airports"])
def test_its_own_tests_pass(project: Path, function: str) -> None:
    done = pytest_in(project / "functions" / function)
    assert done.returncode == 0, done.stdout


def test_a_table_without_owners_is_read_to_its_end(project: Path, keyspaces: KeyspacesServer) -> None:
    repository, cql = load(project / "functions/airports", "repository", "cql")
    add = f'INSERT INTO KEYSPACE."airports" ({", ".join(COLUMNS)}) VALUES (?, ?, ?, ?) IF NOT EXISTS'
    made = {f"airport-{number}" for number in range(7)}
    for item_id in made:
        cql.run(add, (item_id, '{"n":1}', "e", repository.items.now()))
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page, after = repository.list_page({}, 3, after)
        found += page
        if not after:
            break
    cql.close()
    assert [len(found), {item["id"] for item in found}] == [7, made]


def test_a_session_that_was_idle_is_not_trusted(flights: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    made = flights.create(ANN, "1", {"n": 1})
    first = flights.cql._kept
    monkeypatch.setattr(flights.cql, "TRUSTED_SECONDS", -1)
    assert flights.read(ANN, "1") == made
    assert first.cluster.is_shutdown


@pytest.mark.parametrize("variables", [{"FLIGHTS_PORT": "1"}, {"AWS_SECRET_ACCESS_KEY": "a guess"}])
def test_what_does_not_let_us_in_is_unavailable(
    flights: ModuleType, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(flights.errors.Unavailable):
        flights.read(ANN, "1")


def test_what_does_not_let_nodejs_in_is_unavailable(in_nodejs: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = event("GET", "/flights", claims={"sub": "ann"})
    for variables in ({"FLIGHTS_PORT": "1"}, {"AWS_SECRET_ACCESS_KEY": "a guess"}, {"FLIGHTS_HOST": "127.0.0.1"}):
        with monkeypatch.context() as patched:
            for name, value in variables.items():
                patched.setenv(name, value)
            answer = call(in_nodejs, asked)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1"), variables
    assert call(in_nodejs, asked).status == 200


def test_another_server_than_the_named_one_is_not_trusted(flights: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLIGHTS_HOST", "127.0.0.1")  # the certificate is for localhost
    with pytest.raises(flights.errors.Unavailable):
        flights.read(ANN, "1")


def test_an_item_of_more_than_a_row_takes_is_refused(flights: ModuleType) -> None:
    with pytest.raises(flights.errors.InvalidRequest, match="1 MB"):
        flights.create(ANN, "1", {"text": "x" * 1_000_000})
