"""Rendered functions of Aurora DSQL: tokens, roles, retries and migrations, with PostgreSQL in its place."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from support.cases import TICKETS
from support.engines.dsql import on_the_wire, real, standing_in
from support.handlers import write
from support.nodejs import Start
from support.requests import call, event
from support.servers import Server
from support.sql import ITEMS, ONE, Application, deployed

CASE = replace(TICKETS, store="aurora-dsql", credentials="iam")
ROLE, OTHER = "arn:aws:iam::123456789012:role/tickets", "arn:aws:iam::123456789012:role/other"


@pytest.fixture
def unmigrated(postgres: Server, aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    connect = standing_in(postgres, ROLE)
    monkeypatch.setattr(psycopg.Connection, "connect", classmethod(connect))
    monkeypatch.setattr(psycopg, "connect", lambda **asked: connect(psycopg.Connection, **asked))
    monkeypatch.setenv("TICKETS_ROLE_ARNS", f"{OTHER} {ROLE}")
    return deployed(CASE, postgres, tmp_path, monkeypatch)


@pytest.fixture
def app(unmigrated: Application) -> Application:
    unmigrated.migrate()
    return unmigrated


def test_items_live_from_create_to_delete(app: Application) -> None:
    created = app("POST", ITEMS, body={"note": "ä'", "price": 12.5, "seats": [1, {"row": None}]})
    item_id = created.body["id"]
    assert app("GET", ONE, {"id": item_id}).body == created.body
    changed = app("PUT", ONE, {"id": item_id}, body={"note": "other"}, headers={"If-Match": created.headers["etag"]})
    assert changed.status == 200
    assert app("GET", ITEMS).body == {"items": [changed.body]}
    assert app("GET", ONE, {"id": item_id}, claims={"sub": "bob"}).status == 404
    assert app("DELETE", ONE, {"id": item_id}).status == 204


def test_a_statement_that_lost_to_another_one_is_sent_again(app: Application, postgres: Server) -> None:
    item_id = app.create(note="first")
    with real(psycopg.Connection, postgres, *postgres.master) as other, ThreadPoolExecutor() as pool:
        with other.transaction():
            other.execute("UPDATE tickets SET etag = 'another'")
            answer = pool.submit(app, "PUT", ONE, {"id": item_id}, body={"note": "second"})
            while not (other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() or answer.done()):
                pass
        assert answer.result().status == 200
    assert app("GET", ONE, {"id": item_id}).body["note"] == "second"


def test_a_statement_of_nodejs_that_lost_is_sent_again_too(
    app: Application, postgres: Server, tmp_path: Path, start: Start
) -> None:
    item_id = app.create(note="first")
    home = write(tmp_path / "nodejs", replace(CASE, style="plain", language="nodejs"))
    master = real(psycopg.Connection, postgres, *postgres.master)
    with on_the_wire(postgres, ROLE) as port, master as other, ThreadPoolExecutor() as pool:
        function = start(home, PGPORT=str(port))
        with other.transaction():
            other.execute("UPDATE tickets SET etag = 'another'")
            answer = pool.submit(call, function, event("PUT", ONE, {"id": item_id}, body={"note": "second"}))
            while not (other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() or answer.done()):
                pass
        assert answer.result().status == 200
    assert app("GET", ONE, {"id": item_id}).body["note"] == "second"


def test_a_connection_near_its_end_is_not_begun_with(app: Application) -> None:
    app.create(note="first")
    old = app.database._kept
    old._ends = 0.0
    assert app("GET", ITEMS).status == 200
    assert old.closed
    assert app.database._kept is not old


def test_roles_that_are_no_functions_any_more_sign_in_no_more(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "SELECT arn FROM sys.iam_pg_role_mappings ORDER BY arn"
    assert app.as_master(query) == [(OTHER,), (ROLE,)]
    monkeypatch.setenv("TICKETS_ROLE_ARNS", OTHER)
    app.migrate()
    assert app.as_master(query) == [(OTHER,)]
    app.database.close()
    assert app("GET", ITEMS).status == 503


def test_the_application_may_use_rows_and_nothing_else(app: Application) -> None:
    for statement in ("CREATE TABLE mine (id int)", "DELETE FROM schema_migrations", "DELETE FROM schema_lock"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.database.run(statement, ())


def test_two_runs_at_once_wait_for_each_other(unmigrated: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate = unmigrated.migrations.migrate.__globals__
    engine, secret_values = migrate["engine"], migrate["secret_values"]
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0)
    with engine.connect(*secret_values.master()) as first:
        engine.lock(first)
        with monkeypatch.context() as another:
            another.setattr(engine, "HOLDER", "another")
            with pytest.raises(TimeoutError):
                unmigrated.migrate()
    assert unmigrated.migrate() == {"applied": ["0001_init.sql"]}


def test_migrations_run_once(app: Application) -> None:
    assert app.migrate() == {"applied": []}
    (app.folder / "migrations/0002_more.sql").write_text("CREATE TABLE a (id text); CREATE TABLE b (id text);")
    assert app.migrate() == {"applied": ["0002_more.sql"]}


def test_migrations_ask_for_nothing_that_dsql_lacks(app: Application) -> None:
    script = (app.folder / "migrations/0001_init.sql").read_text()
    said = re.sub(r"--[^\n]*", "", script)
    lacking = r"(?i)\b(collate|jsonb?|references|serial|sequence|trigger|partition|temporary|inherits|truncate)\b"
    assert not re.findall(lacking, said)
