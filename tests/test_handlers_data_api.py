"""Rendered functions behind the RDS Data API: their calls reach a real PostgreSQL, bound with the types they say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from support.cases import TICKETS
from support.handlers import write
from support.nodejs import Start
from support.requests import call, event
from support.rotation import rotated
from support.servers import Server
from support.sql import ITEMS, ONE, Application, deployed

CASE = replace(TICKETS, store="postgres", data_api=True)
OF_MYSQL = replace(CASE, store="mysql")


@pytest.fixture
def unmigrated(data_api: Server, aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    return deployed(CASE, data_api, tmp_path, monkeypatch)


@pytest.fixture
def app(unmigrated: Application) -> Application:
    unmigrated.migrate()
    return unmigrated


def test_items_live_from_create_to_delete(app: Application) -> None:
    body = {"note": "ä'\"%s\\ :p0", "price": 12.5, "seats": [1, {"row": None}]}
    created = app("POST", ITEMS, body=body)
    assert created.status == 201
    item_id, etag = created.body["id"], created.headers["etag"]
    found = app("GET", ONE, {"id": item_id})
    assert (found.status, found.body, found.headers["etag"]) == (200, created.body, etag)
    changed = app("PUT", ONE, {"id": item_id}, body={"note": "other"}, headers={"If-Match": etag})
    assert changed.status == 200
    assert app("PUT", ONE, {"id": item_id}, body={"note": "late"}, headers={"If-Match": etag}).status == 412
    assert app("GET", ITEMS).body == {"items": [changed.body]}
    assert app("DELETE", ONE, {"id": item_id}).status == 204
    assert app("GET", ITEMS).body == {"items": []}


@pytest.mark.parametrize(
    "hostile", ["nothing", "'%20OR%20''%3D'", "%25", "%3Ap0", "%7B%7D", "%22%3B--", "%F0%9F%8E%AD"]
)
def test_what_is_not_there_is_not_found(app: Application, hostile: str) -> None:
    assert app("GET", ONE, {"id": hostile}).status == 404


def test_owners_do_not_see_each_other(app: Application) -> None:
    item_id = app.create("ann", note="hers")
    assert app("GET", ONE, {"id": item_id}, claims={"sub": "bob"}).status == 404
    assert app("GET", ITEMS, claims={"sub": "{}"}).body == {"items": []}


def test_pages_cover_every_item_once(app: Application) -> None:
    ids = [app.create(number=n) for n in range(3)]
    first = app("GET", ITEMS, queryStringParameters={"limit": "2"}).body
    query = {"limit": "2", "nextToken": first["nextToken"]}
    second = app("GET", ITEMS, queryStringParameters=query).body
    assert [item["id"] for item in (*first["items"], *second["items"])] == sorted(ids)


def test_an_id_that_is_taken_is_a_conflict(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    item_id = app.create(note="first")
    monkeypatch.setattr(app.items, "new_id", lambda: item_id)
    assert app("POST", ITEMS, body={"note": "second"}).status == 409


@pytest.mark.parametrize("body", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e999}'])
def test_what_the_database_does_not_store_is_refused(app: Application, body: str) -> None:
    assert app("POST", ITEMS, body=body).status == 400


def test_a_service_that_is_away_is_503(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_RDS_DATA", "http://127.0.0.1:1")
    app.database._client.cache_clear()
    answer = app("GET", ITEMS)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_a_service_that_is_away_is_503_in_nodejs(app: Application, tmp_path: Path, start: Start) -> None:
    home = write(tmp_path / "nodejs", replace(CASE, style="plain", language="nodejs"))
    answer = call(start(home, AWS_ENDPOINT_URL_RDS_DATA="http://127.0.0.1:1"), event("GET", ITEMS))
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_a_password_that_is_wrong_in_the_secret_is_503(app: Application) -> None:
    value = '{"username": "app", "password": "wrong"}'
    boto3.client("secretsmanager").put_secret_value(SecretId="app", SecretString=value)
    assert app("GET", ITEMS).status == 503


def test_migrations_run_once_and_wait_for_each_other(unmigrated: Application) -> None:
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(unmigrated.migrate) for _ in range(4)]
    assert sorted(run.result()["applied"] for run in runs) == [[], [], [], ["0001_init.sql"]]


def test_migrations_wait_for_a_cluster_that_wakes(unmigrated: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = unmigrated.migrations.migrate.__globals__["engine"]
    client, asked = engine._client(), []

    def begin_transaction(**asks: str) -> dict[str, str]:
        asked.append(asks)
        if len(asked) < 3:
            said = {"Error": {"Code": "DatabaseResumingException", "Message": "resuming"}}
            raise client.exceptions.DatabaseResumingException(said, "BeginTransaction")
        return dict(begin(**asks))

    begin = client.begin_transaction
    monkeypatch.setattr(client, "begin_transaction", begin_transaction)
    monkeypatch.setattr(engine, "WAKE_SECONDS", 0)
    assert unmigrated.migrate() == {"applied": ["0001_init.sql"]}


def test_a_migration_that_failed_leaves_nothing(app: Application) -> None:
    path = app.folder / "migrations/0002_more.sql"
    path.write_text("CREATE TABLE more (id int); SELECT 1/0;")
    with pytest.raises(Exception, match=r"0002_more\.sql could not be applied"):
        app.migrate()
    assert app.as_master("SELECT to_regclass('more')") == [(None,)]
    path.write_text("CREATE TABLE more (note text DEFAULT 'a;b'); -- and;\nCREATE INDEX by_note ON more (note);")
    assert app.migrate() == {"applied": ["0002_more.sql"]}


def test_the_application_may_use_rows_and_nothing_else(app: Application) -> None:
    app.create(note="allowed")
    for statement in ("CREATE TABLE mine (id int)", "DELETE FROM schema_migrations", "DROP TABLE tickets"):
        with pytest.raises(app.database.errors.Unavailable):
            app.database.run(statement, ())
    assert app.as_master("SELECT count(*) FROM schema_migrations") == [(1,)]


def test_the_application_goes_on_after_a_rotation(app: Application) -> None:
    item_id = app.create(note="before")
    rotated(app)
    assert app("GET", ONE, {"id": item_id}).status == 200


@pytest.fixture
def on_mysql(data_api_mariadb: Server, aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    return deployed(OF_MYSQL, data_api_mariadb, tmp_path, monkeypatch)


def test_migrations_of_mysql_run_once_and_wait_for_each_other(
    on_mysql: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate = on_mysql.migrations.migrate.__globals__
    engine, secret_values = migrate["engine"], migrate["secret_values"]
    with engine.connect(*secret_values.master()) as first:
        engine.lock(first)
        with monkeypatch.context() as another:
            another.setattr(engine, "HOLDER", "another")
            another.setattr(engine, "LOCK_SECONDS", 0)
            with pytest.raises(TimeoutError):
                on_mysql.migrate()
    assert on_mysql.migrate() == {"applied": ["0001_init.sql"]}
    script = "CREATE TABLE more (note varchar(9) DEFAULT 'a;b'); # and;\nALTER TABLE `more` ADD COLUMN n int;"
    (on_mysql.folder / "migrations/0002_more.sql").write_text(script)
    assert on_mysql.migrate() == {"applied": ["0002_more.sql"]}


def test_functions_of_mysql_use_rows_as_they_are_and_nothing_else(on_mysql: Application) -> None:
    on_mysql.migrate()
    item_id, database = on_mysql.create(note="before"), on_mysql.database
    with pytest.raises(database.errors.InvalidRequest):
        database.run('UPDATE "tickets" SET "id" = %s', ("x" * 256,))
    for statement in ("CREATE TABLE mine (id int)", "DELETE FROM schema_migrations", "DELETE FROM schema_lock"):
        with pytest.raises(database.errors.Unavailable):
            database.run(statement, ())
    rotated(on_mysql)
    assert on_mysql("GET", ONE, {"id": item_id}).status == 200
