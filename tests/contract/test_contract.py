"""What callers can rely on whatever store their items are kept in: one suite for all stores, each on an engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.catalog import CATALOG
from support.contract.application import Application, deployed
from support.contract.stores import STORES

HOSTILE = [
    "it's",
    'a "quoted" one',
    "back\\slash \\' \\\"",
    "'; DROP TABLE notes; --",
    "' OR '1'='1",
    "${jndi:ldap://example.com} {{7*7}} %s %d :id ? $1",
    "../../etc/passwd",
    "a/b?c#d&e=f",
    '"} ) { ?s ?p ?o }',
    "').drop().V('",
    '{"$ne": null}',
    "line\nbreak\ttab",
    "é ü \U0001f39f \u2028 \u202e",
    " ",
    "*",
]
FIELDS = {
    "text": "first",
    "empty": "",
    "whole": 7,
    "large": 9007199254740991,
    "negative": -0.5,
    "yes": True,
    "nothing": None,
    "list": [1, "two", {"three": 3.25}],
    "map": {"a.b": 1, "$c": [], "d": {}},
}


@pytest.fixture(scope="module", params=list(STORES))
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp(request.param)
    variables = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_PROFILE", raising=False)
        for name, value in variables.items():
            environment.setenv(name, value)
        with deployed(STORES[request.param], folder, request.getfixturevalue) as made:
            yield made


def test_every_store_is_held_to_it() -> None:
    known = {name for name, component in CATALOG.of("data-store").items() if "ended" not in component.data}
    assert {store.said["type"] for store in STORES.values()} == known


def only(app: Application, *operations: str) -> None:
    """Skip what a store can't do by its nature; a blueprint that asks for it is told so."""
    if missing := set(operations) - set(app.store.operations):
        pytest.skip(f"this store has no {', '.join(sorted(missing))}")


def test_an_item_lives_from_create_to_delete(app: Application) -> None:
    only(app, "update", "delete")
    ann = app.somebody()
    made = app(ann, "POST", body={"note": "first", "old": 1})
    item = made.body["id"]
    assert made.status == 201
    assert made.headers["location"].endswith(f"/notes/{item}")
    assert made.body.keys() == {"id", "note", "old", "updatedAt", "etag"}
    assert app(ann, "GET", item).body == made.body
    changed = app(ann, "PUT", item, {"note": "second"})
    assert (changed.status, changed.body["note"]) == (200, "second")
    assert changed.body.keys() == {"id", "note", "updatedAt", "etag"}
    assert app(ann, "GET", item).body == changed.body
    assert (app(ann, "DELETE", item).status, app(ann, "GET", item).status) == (204, 404)


def test_fields_come_back_as_they_went(app: Application) -> None:
    ann = app.somebody()
    made = app.made(ann, **FIELDS)
    assert {name: made[name] for name in FIELDS} == FIELDS
    got = app(ann, "GET", made["id"]).body
    assert {name: got[name] for name in FIELDS} == FIELDS
    assert json.dumps(got["whole"]) == "7"


def test_pages_follow_each_other_and_hold_every_item_once(app: Application) -> None:
    only(app, "list")
    ann, bob = app.somebody(), app.somebody()
    app.made(bob, note="his")
    made = [app.made(ann, number=number) for number in range(5)]
    found: list[dict[str, Any]] = []
    query, sizes = {"limit": "2"}, []
    while True:
        page = app.listed(ann, **query)
        assert page.status == 200
        sizes.append(len(page.body["items"]))
        found += page.body["items"]
        if "nextToken" not in page.body:
            break
        query["nextToken"] = page.body["nextToken"]
    assert sorted(found, key=lambda item: item["number"]) == made
    assert max(sizes) == 2
    assert app.listed(app.somebody()).body == {"items": []}


def test_what_is_not_there_is_not_found(app: Application) -> None:
    only(app, "update", "delete")
    ann = app.somebody()
    gone = app.made(ann, note="x")["id"]
    app(ann, "DELETE", gone)
    for item in (gone, "never-was"):
        for method in ("GET", "PUT", "DELETE"):
            answer = app(ann, method, item, {"note": "y"})
            assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert app(ann, "GET", gone).status == 404


def test_items_are_their_owners_alone(app: Application) -> None:
    ann, bob = app.somebody(), app.somebody()
    item = app.made(ann, note="hers")["id"]
    for method in ("GET", "PUT", "DELETE"):
        assert app(bob, method, item, {"note": "stolen"}).status == 404
    assert app(ann, "GET", item).body["note"] == "hers"


def test_a_change_is_bound_to_what_its_caller_has_read(app: Application) -> None:
    only(app, "update", "delete")
    ann = app.somebody()
    made = app(ann, "POST", body={"note": "first"})
    item, first = made.body["id"], made.headers["etag"]
    second = app(ann, "PUT", item, {"note": "second"}, If_Match=first)
    assert second.status == 200
    assert second.headers["etag"] != first
    late = [app(ann, "PUT", item, {"note": "late"}, If_Match=first), app(ann, "DELETE", item, If_Match=first)]
    assert [(answer.status, answer.body["code"]) for answer in late] == [(412, "changed")] * 2
    assert app(ann, "GET", item).body["note"] == "second"
    assert app(ann, "PUT", "never-was", {}, If_Match=first).status == 404
    assert app(ann, "DELETE", item, If_Match=second.headers["etag"]).status == 204
    assert app(ann, "DELETE", item, If_Match=second.headers["etag"]).status == 404


def test_a_create_that_is_sent_again_makes_nothing_new(app: Application) -> None:
    only(app, "update", "delete")
    ann, bob = app.somebody(), app.somebody()
    first, again = (app(ann, "POST", body=FIELDS, Idempotency_Key="order 4711") for _ in range(2))
    assert (first.status, again) == (201, first)
    assert app(ann, "POST", body={"note": "other"}, Idempotency_Key="order 4711").status == 409
    assert app(bob, "POST", body=FIELDS, Idempotency_Key="order 4711").body["id"] != first.body["id"]
    app(ann, "PUT", first.body["id"], {"note": "changed since"})
    assert app(ann, "POST", body=FIELDS, Idempotency_Key="order 4711").status == 409
    if "list" in app.store.operations:
        assert len(app.listed(ann).body["items"]) == 1


def test_hostile_values_are_values_and_nothing_else(app: Application) -> None:
    ann = app.somebody()
    kept = app.made(ann, note="kept")["id"]
    fields = {value: value for value in HOSTILE}
    made = app.made(ann, **fields)
    assert fields.items() <= app(ann, "GET", made["id"]).body.items()
    for value in HOSTILE:
        for method in ("GET", "PUT", "DELETE"):
            assert app(ann, method, value, {"note": "x"}).status in (400, 404), value
        owner = f"{ann}{value}x"
        theirs = app(owner, "POST", body={"note": "theirs"})
        if theirs.status == 201:
            assert app(owner, "GET", theirs.body["id"]).body["note"] == "theirs", value
            assert app(ann, "GET", theirs.body["id"]).status == 404, value
        else:
            assert theirs.status == 401, value  # no name that a key could hold
    assert app(ann, "GET", kept).body["note"] == "kept"
    assert fields.items() <= app(ann, "GET", made["id"]).body.items()


def test_the_role_allows_the_calls_that_are_made_and_no_other(app: Application) -> None:
    """Everything a client can do was done by now, whatever test ran; this one does it all once more."""
    ann = app.somebody()
    key = {"Idempotency_Key": "once"} if app.store.repeatable else {}
    for answer in [app(ann, "POST", body={"note": "x"}, **key) for _ in range(2)]:
        item = answer.body["id"]
    app(ann, "PUT", item, {"note": "y"}, If_Match='"other"')
    for method in ("PUT", "GET", "DELETE", "DELETE"):
        app(ann, method, item, {"note": "y"})
    if "list" in app.store.operations:
        app.listed(ann)
    assert app.calls | app.store.signs | app.store.seldom == app.granted
