"""Rendered migration functions against real servers: migrate, make the user, rotate its password."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from support.cases import TICKETS
from support.rotation import rotated
from support.servers import Server
from support.sql import ITEMS, ONE, Application, deployed


def test_migrations_run_once(unmigrated: Application) -> None:
    assert unmigrated.migrate() == {"applied": ["0001_init.sql"]}
    assert unmigrated.migrate() == {"applied": []}


def test_two_runs_at_once_wait_for_each_other(unmigrated: Application) -> None:
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(unmigrated.migrate) for _ in range(4)]
    assert sorted(run.result()["applied"] for run in runs) == [[], [], [], ["0001_init.sql"]]


def test_a_migration_that_changed_is_refused(migrated: Application) -> None:
    path = migrated.folder / "migrations/0001_init.sql"
    path.write_text(path.read_text() + "-- more\n")
    with pytest.raises(Exception, match=r"0001_init\.sql has changed since it was applied"):
        migrated.migrate()


def test_a_migration_that_fails_is_tried_again(migrated: Application) -> None:
    path = migrated.folder / "migrations/0002_more.sql"
    path.write_text("CREATE TABLE more (id int); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(Exception, match=r"0002_more\.sql could not be applied"):
        migrated.migrate()
    path.write_text("CREATE TABLE IF NOT EXISTS more (id int);")
    assert migrated.migrate() == {"applied": ["0002_more.sql"]}


@pytest.mark.parametrize("sql_server", ["postgres"], indirect=True)  # MySQL commits every CREATE at once
def test_a_migration_that_failed_leaves_nothing(migrated: Application) -> None:
    (migrated.folder / "migrations/0002_more.sql").write_text("CREATE TABLE more (id int); SELECT 1/0;")
    with pytest.raises(Exception, match="could not be applied"):
        migrated.migrate()
    assert migrated.as_master("SELECT to_regclass('more')") == [(None,)]


def test_the_application_may_use_rows_and_nothing_else(migrated: Application) -> None:
    migrated.create(note="allowed")
    with pytest.raises(Exception, match="denied"):
        _as_application(migrated, "CREATE TABLE mine (id int)")
    with pytest.raises(Exception, match="denied"):
        _as_application(migrated, "DELETE FROM schema_migrations")
    with pytest.raises(Exception, match=r"denied|must be owner"):
        _as_application(migrated, "DROP TABLE tickets")


def _as_application(app: Application, statement: str) -> None:
    connection = app.database.connect(*app.database.credentials.current())
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def test_the_application_goes_on_after_a_rotation(migrated: Application) -> None:
    item_id = migrated.create(note="before")
    old = migrated.database.credentials.current()
    rotated(migrated)
    assert migrated("GET", ONE, {"id": item_id}).status == 200  # on the connection that is open
    migrated.database.close()
    assert migrated("GET", ONE, {"id": item_id}).status == 200  # on a new one, the kept password refused
    assert migrated.database.credentials.current() != old
    migrated.database.close()
    with pytest.raises(migrated.database.driver.OperationalError):
        migrated.database.connect(*old)


@pytest.mark.parametrize("sql_server", ["postgres"], indirect=True)
def test_a_proxy_refuses_a_password_in_other_words(migrated: Application) -> None:
    database = migrated.database
    said = "connection failed: FATAL:  The password that was provided for the role app is wrong."
    assert database.password_refused(database.driver.OperationalError(said))


def test_a_rotation_before_the_first_migration_makes_the_user(unmigrated: Application) -> None:
    rotated(unmigrated)
    unmigrated.migrate()
    assert unmigrated.create(note="first")


def test_a_password_that_is_wrong_in_the_secret_is_503(migrated: Application) -> None:
    value = json.dumps({"username": "app", "password": "wrong"})
    boto3.client("secretsmanager").put_secret_value(SecretId="app", SecretString=value)
    migrated.database.close()
    migrated.database.credentials.forget()
    assert migrated("GET", ITEMS).status == 503


@pytest.mark.parametrize("sql_server", ["postgres"], indirect=True)  # MySQL's settings the proxy keeps apart itself
def test_behind_a_proxy_settings_are_the_users_own(
    sql_server: tuple[str, Server], aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = replace(TICKETS, store="postgres", proxy=True)
    app = deployed(case, sql_server[1], tmp_path, monkeypatch)
    app.migrate()
    app.migrate()
    assert [app.database.run(f"SHOW {name}", ()).rows for name in ("statement_timeout", "timezone")] == [
        [("9s",)],
        [("UTC",)],
    ]
    item_id = app.create(note="through")
    assert [app("GET", ONE, {"id": item_id}).body["note"] for _ in range(10)] == ["through"] * 10
    assert app.database.run("SELECT count(*) FROM pg_prepared_statements", ()).rows == [(0,)]
    app.database.close()


@pytest.mark.parametrize("sql_server", ["postgres"], indirect=True)  # the plugin for MySQL is RDS's own
def test_with_iam_the_user_has_no_password(
    sql_server: tuple[str, Server], aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = replace(TICKETS, store="postgres", credentials="iam")
    app = deployed(case, sql_server[1], tmp_path, monkeypatch)
    assert app.migrate() == {"applied": ["0001_init.sql"]}
    assert app.migrate() == {"applied": []}
    assert app.as_master(
        "SELECT pg_has_role('app', 'rds_iam', 'MEMBER'), rolcanlogin FROM pg_roles WHERE rolname = 'app'"
    ) == [(True, True)]
    user, token = app.database.credentials.current()
    assert user == "app"
    assert token.startswith(f"localhost:{sql_server[1].port}/?Action=connect&DBUser=app&")
