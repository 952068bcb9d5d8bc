"""Rendered SQL functions against real servers: whose items they give, and how they fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from support.cases import TICKETS
from support.handlers import pytest_in, write
from support.requests import Answer
from support.servers import Server, write_certificates
from support.sql import ITEMS, ONE, Application

KILL = {
    "postgres": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
    "mysql": "KILL USER app",
}


def test_items_live_from_create_to_delete(migrated: Application) -> None:
    created = migrated("POST", ITEMS, body={"note": "ä'\"%s\\", "price": 12.5, "seats": [1, {"row": None}]})
    item_id = created.body["id"]
    assert created.status == 201
    assert created.headers["location"] == f"/live/tickets/{item_id}"
    assert migrated("GET", ONE, {"id": item_id}) == replace(created, status=200, headers=_plain(created))
    changed = migrated("PUT", ONE, {"id": item_id}, body={"note": "other"})
    assert changed.status == 200
    assert changed.body.keys() == {"id", "note", "updatedAt", "etag"}
    assert migrated("GET", ITEMS).body == {"items": [changed.body]}
    assert migrated("DELETE", ONE, {"id": item_id}).status == 204
    assert migrated("GET", ITEMS).body == {"items": []}


def _plain(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "location"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_not_there_is_not_found(migrated: Application, method: str) -> None:
    for hostile in ("nothing", "'%20OR%20''%3D'", "%25", "a%2Fb", "%22%3B--", "%F0%9F%8E%AD"):
        answer = migrated(method, ONE, {"id": hostile}, body={})
        assert (answer.status, answer.body["code"]) == (404, "not_found"), hostile


@pytest.mark.parametrize("owner", ["bob", "ANN", "Ann", "än", "ann%"])
def test_owners_do_not_see_each_other(migrated: Application, owner: str) -> None:
    item_id = migrated.create("ann", note="hers")
    other = {"sub": owner}
    assert migrated("GET", ONE, {"id": item_id}, claims=other).status == 404
    assert migrated("PUT", ONE, {"id": item_id}, claims=other, body={"note": "x"}).status == 404
    assert migrated("DELETE", ONE, {"id": item_id}, claims=other).status == 404
    assert migrated("GET", ITEMS, claims=other).body == {"items": []}
    assert migrated("GET", ONE, {"id": item_id}).body["note"] == "hers"


def test_an_owner_who_differs_by_a_space_alone_is_refused(migrated: Application) -> None:
    migrated.create("ann", note="hers")
    assert migrated("GET", ITEMS, claims={"sub": "ann "}).status == 401


def test_pages_cover_every_item_once_and_stay_with_their_owner(migrated: Application) -> None:
    ids = [migrated.create(number=n) for n in range(5)]
    migrated.create("bob")
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = migrated("GET", ITEMS, queryStringParameters=query).body
        seen += [item["id"] for item in page["items"]]
        if "nextToken" not in page:
            break
        query["nextToken"] = page["nextToken"]
    assert seen == sorted(ids)
    bobs = migrated("GET", ITEMS, claims={"sub": "bob"}, queryStringParameters=query).body["items"]
    assert not {item["id"] for item in bobs} & set(ids)


def test_an_id_that_is_taken_is_a_conflict(migrated: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    item_id = migrated.create(note="first")
    monkeypatch.setattr(migrated.items, "new_id", lambda: item_id)
    assert migrated("POST", ITEMS, body={"note": "second"}).status == 409
    assert migrated("GET", ONE, {"id": item_id}).body["note"] == "first"


def test_writing_the_same_again_is_found(migrated: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = migrated.items.now()
    monkeypatch.setattr(migrated.items, "now", lambda: moment)
    item_id = migrated.create(note="same")
    assert migrated("PUT", ONE, {"id": item_id}, body={"note": "same"}).status == 200


@pytest.mark.parametrize("body", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": 1e999}', "[]", '"x"'])
def test_what_no_database_stores_is_refused(migrated: Application, body: str) -> None:
    assert migrated("POST", ITEMS, body=body).status == 400


@pytest.mark.parametrize("sql_server", ["postgres"], indirect=True)
def test_a_server_that_is_gone_without_a_word_is_given_up_in_seconds(migrated: Application) -> None:
    connection = migrated.database.connect(*migrated.database.credentials.current())
    with connection:
        assert int(connection.info.get_parameters()["tcp_user_timeout"]) <= 5000


def test_a_connection_that_died_is_opened_again(migrated: Application) -> None:
    item_id = migrated.create(note="before")
    migrated.as_master(KILL[migrated.engine])
    assert migrated("GET", ONE, {"id": item_id}).body["note"] == "before"


def test_a_server_that_is_away_is_503(migrated: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_PORT", "1")
    answer = migrated("GET", ITEMS)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "127.0.0.1" not in str(answer.body)


def test_a_server_that_another_authority_vouches_for_is_not_trusted(
    migrated: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETS_CA_BUNDLE", str(write_certificates(tmp_path)))
    assert migrated("GET", ITEMS).status == 503


def test_a_server_of_another_name_is_not_trusted(migrated: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_HOST", "127.0.0.1")
    assert migrated("GET", ITEMS).status == 503


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
