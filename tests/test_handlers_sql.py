"""Rendered SQL functions against real servers: migrate, use, rotate the password, go on using."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from moto import mock_aws

from support.handlers import TICKETS, Case, load, pytest_in, write
from support.requests import Answer, call, event
from support.servers import Server

CLEAN = {
    "postgres": [
        "DROP SCHEMA public CASCADE",
        "CREATE SCHEMA public",
        "GRANT USAGE ON SCHEMA public TO PUBLIC",
        "DROP ROLE IF EXISTS app",
    ],
    "mysql": ["DROP DATABASE app", "CREATE DATABASE app", "DROP USER IF EXISTS app@'%'"],
}
KILL = {
    "postgres": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    "mysql": "KILL USER app",
}
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
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
    for name, value in variables.items():
        environment.setenv(name, value)
    home = write(folder, case, "migrate")
    migrations, engine = load(home, "handler", "engine")
    handler, database, items = load(write(folder, case), "handler", "database", "items")

    def as_master(*statements: str) -> list[tuple[Any, ...]]:
        with engine.connect(*server.master) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    as_master(*CLEAN[case.store])
    return Application(case.store, home, handler, database, items, migrations, as_master)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


@pytest.fixture(params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> tuple[str, Server]:
    fixture = {"postgres": "postgres", "mysql": "mariadb"}[request.param]
    return request.param, request.getfixturevalue(fixture)


@pytest.fixture
def app(
    server: tuple[str, Server], aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    """Deployed, not migrated yet."""
    engine, running = server
    made = deployed(replace(TICKETS, store=engine, style="plain"), running, tmp_path, monkeypatch)
    yield made
    made.database.close()


@pytest.fixture
def ready(app: Application) -> Application:
    app.migrate()
    return app


def test_items_live_from_create_to_delete(ready: Application) -> None:
    created = ready("POST", ITEMS, body={"note": "ä'\"%s\\", "price": 12.5, "seats": [1, {"row": None}]})
    item_id = created.body["id"]
    assert created.status == 201
    assert created.headers["location"] == f"/live/tickets/{item_id}"
    assert ready("GET", ONE, {"id": item_id}) == replace(created, status=200, headers=_plain(created))
    changed = ready("PUT", ONE, {"id": item_id}, body={"note": "other"})
    assert changed.status == 200
    assert changed.body.keys() == {"id", "note", "updatedAt"}
    assert ready("GET", ITEMS).body == {"items": [changed.body]}
    assert ready("DELETE", ONE, {"id": item_id}).status == 204
    assert ready("GET", ITEMS).body == {"items": []}


def _plain(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "location"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_not_there_is_not_found(ready: Application, method: str) -> None:
    for hostile in ("nothing", "'%20OR%20''%3D'", "%25", "a%2Fb", "%22%3B--", "%F0%9F%8E%AD"):
        answer = ready(method, ONE, {"id": hostile}, body={})
        assert (answer.status, answer.body["code"]) == (404, "not_found"), hostile


@pytest.mark.parametrize("owner", ["bob", "ANN", "Ann", "än", "ann%"])
def test_owners_do_not_see_each_other(ready: Application, owner: str) -> None:
    item_id = ready.create("ann", note="hers")
    other = {"sub": owner}
    assert ready("GET", ONE, {"id": item_id}, claims=other).status == 404
    assert ready("PUT", ONE, {"id": item_id}, claims=other, body={"note": "x"}).status == 404
    assert ready("DELETE", ONE, {"id": item_id}, claims=other).status == 404
    assert ready("GET", ITEMS, claims=other).body == {"items": []}
    assert ready("GET", ONE, {"id": item_id}).body["note"] == "hers"


def test_an_owner_who_differs_by_a_space_alone_is_refused(ready: Application) -> None:
    ready.create("ann", note="hers")
    assert ready("GET", ITEMS, claims={"sub": "ann "}).status == 401


def test_pages_cover_every_item_once_and_stay_with_their_owner(ready: Application) -> None:
    ids = [ready.create(number=n) for n in range(5)]
    ready.create("bob")
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = ready("GET", ITEMS, queryStringParameters=query).body
        seen += [item["id"] for item in page["items"]]
        if "nextToken" not in page:
            break
        query["nextToken"] = page["nextToken"]
    assert seen == sorted(ids)
    bobs = ready("GET", ITEMS, claims={"sub": "bob"}, queryStringParameters=query).body["items"]
    assert not {item["id"] for item in bobs} & set(ids)


def test_an_id_that_is_taken_is_a_conflict(ready: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    item_id = ready.create(note="first")
    monkeypatch.setattr(ready.items, "new_id", lambda: item_id)
    assert ready("POST", ITEMS, body={"note": "second"}).status == 409
    assert ready("GET", ONE, {"id": item_id}).body["note"] == "first"


def test_writing_the_same_again_is_found(ready: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = ready.items.now()
    monkeypatch.setattr(ready.items, "now", lambda: moment)
    item_id = ready.create(note="same")
    assert ready("PUT", ONE, {"id": item_id}, body={"note": "same"}).status == 200


@pytest.mark.parametrize("body", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e999}', "[]", '"x"'])
def test_what_no_database_stores_is_refused(ready: Application, body: str) -> None:
    assert ready("POST", ITEMS, body=body).status == 400


def test_a_connection_that_died_is_opened_again(ready: Application) -> None:
    item_id = ready.create(note="before")
    ready.as_master(KILL[ready.engine])
    assert ready("GET", ONE, {"id": item_id}).body["note"] == "before"


def test_a_server_that_is_away_is_503(ready: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_PORT", "1")
    answer = ready("GET", ITEMS)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "127.0.0.1" not in str(answer.body)


def test_a_server_that_another_authority_vouches_for_is_not_trusted(
    ready: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.servers import write_certificates

    monkeypatch.setenv("TICKETS_CA_BUNDLE", str(write_certificates(tmp_path)))
    assert ready("GET", ITEMS).status == 503


def test_a_server_of_another_name_is_not_trusted(ready: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_HOST", "127.0.0.1")
    assert ready("GET", ITEMS).status == 503


def test_migrations_run_once(app: Application) -> None:
    assert app.migrate() == {"applied": ["0001_init.sql"]}
    assert app.migrate() == {"applied": []}


def test_two_runs_at_once_wait_for_each_other(app: Application) -> None:
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(app.migrate) for _ in range(4)]
    assert sorted(run.result()["applied"] for run in runs) == [[], [], [], ["0001_init.sql"]]


def test_a_migration_that_changed_is_refused(ready: Application) -> None:
    path = ready.folder / "migrations/0001_init.sql"
    path.write_text(path.read_text() + "-- more\n")
    with pytest.raises(Exception, match=r"0001_init\.sql has changed since it was applied"):
        ready.migrate()


def test_a_migration_that_fails_is_tried_again(ready: Application) -> None:
    path = ready.folder / "migrations/0002_more.sql"
    path.write_text("CREATE TABLE more (id int); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(Exception, match=r"0002_more\.sql could not be applied"):
        ready.migrate()
    path.write_text("CREATE TABLE IF NOT EXISTS more (id int);")
    assert ready.migrate() == {"applied": ["0002_more.sql"]}


@pytest.mark.parametrize("server", ["postgres"], indirect=True)  # MySQL commits every CREATE at once
def test_a_migration_that_failed_leaves_nothing(ready: Application) -> None:
    (ready.folder / "migrations/0002_more.sql").write_text("CREATE TABLE more (id int); SELECT 1/0;")
    with pytest.raises(Exception, match="could not be applied"):
        ready.migrate()
    assert ready.as_master("SELECT to_regclass('more')") == [(None,)]


def test_the_application_may_use_rows_and_nothing_else(ready: Application) -> None:
    ready.create(note="allowed")
    with pytest.raises(Exception, match="denied"):
        _as_application(ready, "CREATE TABLE mine (id int)")
    with pytest.raises(Exception, match="denied"):
        _as_application(ready, "DELETE FROM schema_migrations")
    with pytest.raises(Exception, match=r"denied|must be owner"):
        _as_application(ready, "DROP TABLE tickets")


def _as_application(app: Application, statement: str) -> None:
    connection = app.database.connect(*app.database.credentials.current())
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def begin_rotation() -> tuple[str, str]:
    """Leave the secret as Secrets Manager does before the first step: a pending version, no value."""
    client = boto3.client("secretsmanager")
    described = client.describe_secret(SecretId="app")
    (current,) = (v for v, stages in described["VersionIdsToStages"].items() if "AWSCURRENT" in stages)
    token: str = client.rotate_secret(SecretId="app")["VersionId"]
    move = {"SecretId": "app", "VersionStage": "AWSCURRENT"}
    client.update_secret_version_stage(**move, MoveToVersionId=current, RemoveFromVersionId=token)
    client.update_secret_version_stage(SecretId="app", VersionStage="AWSPENDING", MoveToVersionId=token)
    return described["ARN"], token


def rotate(app: Application) -> None:
    arn, token = begin_rotation()
    for step in STEPS:
        for _ in range(2):  # Secrets Manager may call a step again
            app.migrations.lambda_handler({"Step": step, "SecretId": arn, "ClientRequestToken": token}, None)


def test_the_application_goes_on_after_a_rotation(ready: Application) -> None:
    item_id = ready.create(note="before")
    old = ready.database.credentials.current()
    rotate(ready)
    assert ready("GET", ONE, {"id": item_id}).status == 200  # on the connection that is open
    ready.database.close()
    assert ready("GET", ONE, {"id": item_id}).status == 200  # on a new one, the kept password refused
    assert ready.database.credentials.current() != old
    ready.database.close()
    with pytest.raises(ready.database.driver.OperationalError):
        ready.database.connect(*old)


def test_a_rotation_before_the_first_migration_makes_the_user(app: Application) -> None:
    rotate(app)
    app.migrate()
    assert app.create(note="first")


def test_a_password_that_is_wrong_in_the_secret_is_503(ready: Application) -> None:
    value = json.dumps({"username": "app", "password": "wrong"})
    boto3.client("secretsmanager").put_secret_value(SecretId="app", SecretString=value)
    ready.database.close()
    ready.database.credentials.forget()
    assert ready("GET", ITEMS).status == 503


@pytest.mark.parametrize("server", ["postgres"], indirect=True)  # the plugin for MySQL is RDS's own
def test_with_iam_the_user_has_no_password(
    server: tuple[str, Server], aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = replace(TICKETS, store="postgres", credentials="iam")
    app = deployed(case, server[1], tmp_path, monkeypatch)
    assert app.migrate() == {"applied": ["0001_init.sql"]}
    assert app.migrate() == {"applied": []}
    assert app.as_master(
        "SELECT pg_has_role('app', 'rds_iam', 'MEMBER'), rolcanlogin FROM pg_roles WHERE rolname = 'app'"
    ) == [(True, True)]
    user, token = app.database.credentials.current()
    assert user == "app"
    assert token.startswith(f"localhost:{server[1].port}/?Action=connect&DBUser=app&")


@pytest.mark.parametrize(
    ("engine", "scheme"), [("postgres", "postgresql"), ("mysql", "mysql")], ids=["postgres", "mysql"]
)
def test_generated_tests_run_on_a_real_server(
    engine: str, scheme: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    running: Server = request.getfixturevalue({"postgres": "postgres", "mysql": "mariadb"}[engine])
    folder = write(tmp_path, replace(TICKETS, store=engine))
    user, password = (quote(text) for text in running.master)
    url = f"{scheme}://{user}:{password}@{running.host}:{running.port}"
    done = pytest_in(folder, TEST_DATABASE_URL=url + ("/app" if engine == "postgres" else ""))
    assert done.returncode == 0, done.stdout
