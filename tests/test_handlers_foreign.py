"""Rendered functions of SQL Server and Oracle, on what stands for them: migrations, rights, rotation, losses, TLS."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.cases import EVENTS, TICKETS
from support.engines import oracle, sqlserver
from support.engines.bridge import leading_to
from support.engines.foreign import as_postgres, prepare
from support.handlers import load, write
from support.nodejs import Start, link
from support.requests import call, event
from support.rotation import rotated
from support.servers import Server, write_certificates
from support.sql import ITEMS, ONE, Application, deployed

ENGINES = {"sqlserver": sqlserver, "oracle": oracle}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations_lock'"
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'"
MORE = {
    "sqlserver": "CREATE TABLE more (id int);\nGO\nCREATE TABLE most (id int);\ngo\n",
    "oracle": "CREATE TABLE more (id int);\n-- a; b\nCREATE TABLE most (id int);\nDELETE FROM most WHERE 'a' = '%s';",
}
HALF = {
    "sqlserver": "CREATE TABLE half (id int);\nGO\nINSERT INTO nowhere VALUES (1);",
    "oracle": "INSERT INTO nowhere VALUES (1)",  # what it makes stays made
}


@pytest.fixture(params=ENGINES)
def app(
    request: pytest.FixtureRequest, postgres: Server, aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    """Deployed, not migrated yet."""
    engine = ENGINES[request.param]
    prepare(engine.DIALECT, postgres)
    engine.standing_in(postgres, monkeypatch)
    made = deployed(replace(TICKETS, store=request.param, style="plain"), postgres, tmp_path, monkeypatch)
    yield made
    made.database.close()


def test_migrations_run_once_and_whole(app: Application) -> None:
    folder = app.folder / "migrations"
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(app.migrate) for _ in range(2)]
    assert sorted(run.result()["applied"] for run in runs) == [[], ["0001_init.sql"]]
    (folder / "0002_more.sql").write_text(MORE[app.engine])
    assert app.migrate() == {"applied": ["0002_more.sql"]}
    (folder / "0003_half.sql").write_text(HALF[app.engine])
    with pytest.raises(Exception, match=r"0003_half\.sql could not be applied"):
        app.migrate()
    found = app.as_master(f"{TABLES} ORDER BY 1")
    assert found == [("more",), ("most",), ("schema_migrations",), ("tickets",)]


def test_the_application_may_use_rows_and_nothing_else(app: Application) -> None:
    app.migrate()
    app.create(note="allowed")
    connection = app.database.connect(*app.database.credentials.current())
    for statement in ("CREATE TABLE mine (id int)", "DELETE FROM schema_migrations", "DROP TABLE tickets"):
        with connection.cursor() as cursor, pytest.raises(app.database.driver.Error, match="denied"):
            cursor.execute(statement)
    connection.close()


def test_a_rotation_before_the_first_migration_makes_the_user(app: Application) -> None:
    rotated(app)
    app.migrate()
    assert app.create(note="first")


def test_the_application_goes_on_after_a_rotation(app: Application) -> None:
    app.migrate()
    item_id = app.create(note="before")
    old = app.database.credentials.current()
    rotated(app)
    app.database.close()
    assert app("GET", ONE, {"id": item_id}).status == 200  # on a new connection, the kept password refused
    assert app.database.credentials.current() != old


def test_a_connection_that_died_is_opened_again_and_a_server_that_is_away_is_503(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.migrate()
    item_id = app.create(note="before")
    app.as_master(KILL)
    assert app("GET", ONE, {"id": item_id}).body["note"] == "before"
    app.database.close()
    monkeypatch.setenv("TICKETS_PORT", "1")
    answer = app("GET", ITEMS)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_functions_in_nodejs_read_what_python_wrote_and_go_on_after_a_rotation(
    app: Application, postgres: Server, start: Start, tmp_path: Path
) -> None:
    app.migrate()
    item = {"id": app.create(note="by Python")}
    case = replace(TICKETS, store=app.engine, style="plain", language="nodejs")
    with leading_to(ENGINES[app.engine].bridge(postgres)) as address:
        function = start(write(tmp_path / "nodejs", case), BRIDGE=address)
        assert call(function, event("GET", ONE, item)).body["note"] == "by Python"
        rotated(app)
        app.as_master(KILL)
        changed = call(function, event("PUT", ONE, item, body={"note": "by Node.js"}))
        assert (changed.status, app("GET", ONE, item).body) == (200, changed.body)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_index_gives_the_items_of_one_value(
    engine: str, postgres: Server, aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(ENGINES[engine].DIALECT, postgres)
    ENGINES[engine].standing_in(postgres, monkeypatch)
    folder = tmp_path / "events"
    app = deployed(replace(EVENTS, name="tickets", store=engine, style="plain"), postgres, folder, monkeypatch)
    app.migrate()
    (repository,) = load(folder / "functions" / "tickets", "repository")
    for number, venue in enumerate(["hall", "yard", "hall"]):
        repository.create({}, f"id-{number}", {"venue": venue})
    page, after = repository.list_page({}, "hall", 1, "")
    rest, end = repository.list_page({}, "hall", 1, after)
    repository.database.close()
    assert [[item["id"] for item in items] for items in (page, rest)] == [["id-0"], ["id-2"]]
    assert (after, end) == ("id-0", "")


@pytest.mark.parametrize("statement", ["SELECT a FROM t LIMIT 1", "INSERT INTO t VALUES (1) RETURNING a", "EXPLAIN x"])
def test_what_is_of_another_dialect_is_noticed(statement: str) -> None:
    with pytest.raises(AssertionError):
        as_postgres(statement, "tsql")


@pytest.fixture(params=ENGINES)
def signing_in(
    request: pytest.FixtureRequest, tmp_path: Path, lambda_variables: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Callable[[], None], list[bytes]]]:
    """A function's way to sign in, with the driver as it is, and what arrived where it leads to."""
    case = replace(TICKETS, store=request.param, style="plain")
    (connection,) = load(write(tmp_path, case), "connection")
    folder, arrived = tmp_path / "server", list[bytes]()
    folder.mkdir()
    bundle = write_certificates(folder)

    def sign_in() -> None:
        with pytest.raises(connection.driver.OperationalError):  # at the latest when the server hangs up
            connection.connect("app", "password")

    with ENGINES[request.param].greeting(folder, arrived) as port:
        for name, value in {"HOST": "localhost", "PORT": port, "DB_NAME": "app", "CA_BUNDLE": bundle}.items():
            monkeypatch.setenv(f"TICKETS_{name}", str(value))
        yield sign_in, arrived


def test_a_login_goes_to_the_server_that_was_named(signing_in: tuple[Callable[[], None], list[bytes]]) -> None:
    sign_in, arrived = signing_in
    sign_in()
    deadline = time.monotonic() + 5
    while not arrived and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [bool(said) for said in arrived] == [True]


@pytest.mark.parametrize("variable", ["CA_BUNDLE", "HOST"])
def test_no_login_goes_to_another_server(
    signing_in: tuple[Callable[[], None], list[bytes]], variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in, arrived = signing_in
    other = {"CA_BUNDLE": str(write_certificates(tmp_path)), "HOST": "127.0.0.1"}  # the certificate is for localhost
    monkeypatch.setenv(f"TICKETS_{variable}", other[variable])
    sign_in()
    assert not any(arrived)


# Another authority's server, one of another name, and at last the one that was named.
SIGN_INS = """
    import { connect } from "./connection.mjs";
    for (const [host, bundle] of JSON.parse(process.argv[1])) {
      Object.assign(process.env, { TICKETS_HOST: host, TICKETS_CA_BUNDLE: bundle });
      await connect({ user: "app", password: "password" }).then(console.log, () => {});
    }
    process.exit();
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_logins_from_nodejs_go_to_the_server_that_was_named(engine: str, node_modules: Path, tmp_path: Path) -> None:
    if engine == "oracle" and node("-p", "!!require('tls').setDefaultCACertificates").stdout != "true\n":
        pytest.skip("Node.js trusts further authorities from 22.19 and 24.5 on")
    home = write(tmp_path, replace(TICKETS, store=engine, language="nodejs"))
    link(tmp_path, node_modules)
    folder, arrived = tmp_path / "server", list[bytes]()
    folder.mkdir()
    bundle, other = str(write_certificates(folder)), str(write_certificates(tmp_path))
    servers = json.dumps([["localhost", other], ["127.0.0.1", bundle], ["localhost", bundle]])
    with ENGINES[engine].greeting(folder, arrived) as port:
        known = {**os.environ, "TICKETS_PORT": str(port), "TICKETS_DB_NAME": "app"}
        done = node("--input-type=module", "--eval", SIGN_INS, servers, cwd=home, env=known)
    assert (done.stdout, done.stderr) == ("", "")
    assert [bool(said) for said in arrived if said] == [True]


def node(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", "--no-warnings", *arguments], capture_output=True, text=True, **options)
