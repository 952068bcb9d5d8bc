"""What clients of parcels can rely on: every route, and what it answers when it must refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Call
from events import api_event
from store import Store

ITEMS = "/parcels"
ONE = "/parcels/{id}"
ID = "id"
FIELDS = {"note": "first", "price": 12.5, "seats": [1, 2]}
FIELDS["customer"] = "one"
QUERY = {"customer": "one"}

ROUTES = [
    ("GET", "/parcels"),
    ("POST", "/parcels"),
    ("GET", "/parcels/{id}"),
    ("PUT", "/parcels/{id}"),
    ("DELETE", "/parcels/{id}"),
]


def body_of(answer: dict[str, Any]) -> Any:
    return json.loads(answer["body"])


def test_list_gives_pages_that_follow_each_other(call: Call, store: Store) -> None:
    ids = {store.add(FIELDS) for _ in range(3)}
    query = {**QUERY, "limit": "2"}
    first = body_of(call(api_event("GET", ITEMS, query=query)))
    query["nextToken"] = first["nextToken"]
    second = body_of(call(api_event("GET", ITEMS, query=query)))
    assert [len(first["items"]), len(second["items"])] == [2, 1]
    assert {item[ID] for item in first["items"] + second["items"]} == ids
    assert "nextToken" not in second


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "many"}, {"nextToken": "e30"}])
def test_list_refuses_a_page_that_makes_no_sense(call: Call, query: dict[str, str]) -> None:
    answer = call(api_event("GET", ITEMS, query={**QUERY, **query}))
    assert answer["statusCode"] == 400


def test_create_answers_with_the_item_and_its_place(call: Call, store: Store) -> None:
    answer = call(api_event("POST", ITEMS, body=FIELDS))
    item = body_of(answer)
    assert answer["statusCode"] == 201
    assert item.items() >= FIELDS.items()
    assert store.get(item[ID])["note"] == "first"
    headers = answer.get("headers") or answer["multiValueHeaders"]
    assert item[ID] in str(headers["Location"])


@pytest.mark.parametrize("body", [None, "{", "[]", '{"updatedAt": "now"}', '{"n": NaN}'])
def test_create_refuses_what_is_no_item(call: Call, body: str | None) -> None:
    assert call(api_event("POST", ITEMS, body=body))["statusCode"] == 400


def test_create_refuses_other_media_types(call: Call) -> None:
    headers = {"Content-Type": "text/plain"}
    event = api_event("POST", ITEMS, body=FIELDS, headers=headers)
    assert call(event)["statusCode"] == 415


def test_create_that_is_sent_again_makes_nothing_new(call: Call, store: Store) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = (call(api_event("POST", ITEMS, body=FIELDS, headers=key)) for _ in range(2))
    other = call(api_event("POST", ITEMS, body={**FIELDS, "note": "other"}, headers=key))
    assert (first["statusCode"], again["statusCode"], other["statusCode"]) == (201, 201, 409)
    made, same = body_of(first), body_of(again)
    assert (same[ID], same["etag"]) == (made[ID], made["etag"])


def test_read_gives_the_item(call: Call, store: Store) -> None:
    item_id = store.add(FIELDS)
    answer = call(api_event("GET", ONE, path={ID: item_id}))
    assert answer["statusCode"] == 200
    assert body_of(answer).items() >= {ID: item_id, **FIELDS}.items()


def test_read_of_nothing_is_not_found(call: Call, store: Store) -> None:
    answer = call(api_event("GET", ONE, path={ID: "nothing"}))
    assert (answer["statusCode"], body_of(answer)["code"]) == (404, "not_found")


def test_update_replaces_all_fields(call: Call, store: Store) -> None:
    item_id = store.add({**FIELDS, "old": True})
    answer = call(api_event("PUT", ONE, path={ID: item_id}, body=FIELDS))
    assert answer["statusCode"] == 200
    assert "old" not in store.get(item_id)


def test_update_of_what_was_changed_meanwhile_is_refused(call: Call, store: Store) -> None:
    one: dict[str, Any] = {"path": {ID: store.add(FIELDS)}, "body": {**FIELDS, "seats": []}}
    etag = body_of(call(api_event("PUT", ONE, **one)))["etag"]
    one["body"] = {**FIELDS, "note": "mine"}
    event = api_event("PUT", ONE, **one, headers={"If-Match": f'"{etag}"'})
    assert [call(event)["statusCode"], call(event)["statusCode"]] == [200, 412]


def test_update_of_nothing_is_not_found(call: Call, store: Store) -> None:
    answer = call(api_event("PUT", ONE, path={ID: "nothing"}, body=FIELDS))
    assert answer["statusCode"] == 404


def test_delete_works_once(call: Call, store: Store) -> None:
    event = api_event("DELETE", ONE, path={ID: store.add(FIELDS)})
    assert [call(event)["statusCode"], call(event)["statusCode"]] == [204, 404]


def test_delete_of_what_was_changed_meanwhile_is_refused(call: Call, store: Store) -> None:
    item_id = store.add(FIELDS)
    headers = {"If-Match": '"of an older one"'}
    assert call(api_event("DELETE", ONE, path={ID: item_id}, headers=headers))["statusCode"] == 412
    assert store.get(item_id)["note"] == "first"


def test_an_unknown_route_is_not_found(call: Call) -> None:
    assert call(api_event("GET", "/elsewhere"))["statusCode"] == 404
