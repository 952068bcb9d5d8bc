"""What clients of reviews can rely on: every route, and what it answers when it must refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Call
from events import api_event
from store import Store

ITEMS = "/books/{bookId}/reviews"
ONE = "/books/{bookId}/reviews/{reviewId}"
ID = "reviewId"
FIELDS = {"note": "first", "price": 12.5, "seats": [1, 2]}
QUERY: dict[str, str] = {}

ROUTES = [
    ("GET", "/books/{bookId}/reviews"),
    ("POST", "/books/{bookId}/reviews"),
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


def test_an_unknown_route_is_not_found(call: Call) -> None:
    assert call(api_event("GET", "/elsewhere"))["statusCode"] == 404
