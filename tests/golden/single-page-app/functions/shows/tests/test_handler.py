"""What clients of shows can rely on: every route, and what it answers when it must refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Call
from events import api_event
from store import Store

ITEMS = "/shows"
ONE = "/shows/{id}"
ID = "id"
FIELDS = {"note": "first", "price": 12.5, "seats": [1, 2]}
QUERY: dict[str, str] = {}

ROUTES = [
    ("GET", "/shows"),
    ("GET", "/shows/{id}"),
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


def test_read_gives_the_item(call: Call, store: Store) -> None:
    item_id = store.add(FIELDS)
    answer = call(api_event("GET", ONE, path={ID: item_id}))
    assert answer["statusCode"] == 200
    assert body_of(answer).items() >= {ID: item_id, **FIELDS}.items()


def test_read_of_nothing_is_not_found(call: Call, store: Store) -> None:
    answer = call(api_event("GET", ONE, path={ID: "nothing"}))
    assert (answer["statusCode"], body_of(answer)["code"]) == (404, "not_found")


def test_an_unknown_route_is_not_found(call: Call) -> None:
    assert call(api_event("GET", "/elsewhere"))["statusCode"] == 404
