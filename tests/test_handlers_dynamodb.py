"""Rendered DynamoDB functions: what they call, whose items they give, and how they fail."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from support.cases import BY_NAME, BY_ROW, EVENTS, REVIEWS, SHOWS, TICKETS, Case
from support.handlers import load, write
from support.requests import Answer, call, event
from support.tables import answer_with, create_table


@dataclass(frozen=True)
class Deployed:
    """A function on its table; `calls` are the operations of DynamoDB that it has called."""

    handler: ModuleType
    repository: ModuleType
    items: ModuleType
    calls: list[str] = field(default_factory=list)

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return call(self.handler, event(*args, **kwargs))

    @property
    def events(self) -> Any:
        """The client's hooks: what AWS would answer can be put there."""
        return self.repository.client().meta.events


Deploy = Callable[[Case], Deployed]


@pytest.fixture
def deploy(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    def deployed(case: Case) -> Deployed:
        monkeypatch.setenv(f"{case.prefix}_TABLE_NAME", case.name)
        made = Deployed(*load(write(tmp_path, case), "handler", "repository", "items"))
        create_table(made.repository, case)
        made.events.register("before-call.dynamodb", lambda model, **_: made.calls.append(model.name))
        return made

    return deployed


def token(**content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def pages(app: Deployed, resource: str, **more: Any) -> list[list[dict[str, Any]]]:
    """All pages of a list, two items each."""
    query = {"limit": "2"} | more.pop("query", {})
    found = []
    while True:
        body = app("GET", resource, queryStringParameters=query, **more).body
        found.append(body["items"])
        if "nextToken" not in body:
            return found
        query["nextToken"] = body["nextToken"]


ONE = ("/tickets/{id}", {"id": "1"})


@pytest.mark.parametrize(
    ("case", "request_of", "calls"),
    [
        (TICKETS, ("GET", "/tickets"), ["Query"]),
        (SHOWS, ("GET", "/shows"), ["Scan"]),
        (TICKETS, ("POST", "/tickets"), ["PutItem"]),
        (TICKETS, ("GET", *ONE), ["GetItem"]),
        (TICKETS, ("PUT", *ONE), ["PutItem"]),
        (TICKETS, ("DELETE", *ONE), ["DeleteItem"]),
    ],
    ids=["list", "scan", "create", "read", "update", "delete"],
)
def test_an_operation_makes_the_one_call_that_it_is_granted(
    deploy: Deploy, case: Case, request_of: tuple[Any, ...], calls: list[str]
) -> None:
    app = deploy(case)
    app(*request_of, body={"note": "x"})
    assert app.calls == calls


def test_a_read_sees_what_was_written_a_moment_ago(deploy: Deploy) -> None:
    app, asked = deploy(TICKETS), []
    app.events.register("provide-client-params.dynamodb.GetItem", lambda params, **_: asked.append(params))
    app("GET", *ONE)
    assert [params["ConsistentRead"] for params in asked] == [True]


def test_only_the_operations_of_the_resource_are_there(tmp_path: Path, aws: None) -> None:
    (repository,) = load(write(tmp_path, SHOWS), "repository")
    public = {name for name, value in vars(repository).items() if callable(value) and name.islower()}
    assert public >= {"list_page", "read"}
    assert not public & {"create", "update", "delete", "_put"}


def test_no_token_leads_to_the_items_of_others(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    bobs = [app("POST", "/tickets", claims={"sub": "bob"}, body={"of": "bob"}).body["id"] for _ in range(3)]
    mine = app("POST", "/tickets", body={"of": "ann"}).body
    forged = [
        token(after="0"),
        token(after="0", owner="bob"),
        token(after=bobs[0]),
        token(after="0", ExclusiveStartKey={"owner": {"S": "bob"}, "id": {"S": "0"}}),
    ]
    for given in forged:
        items = app("GET", "/tickets", queryStringParameters={"nextToken": given}).body["items"]
        assert items in ([mine], []), given
    first = app("GET", "/tickets", claims={"sub": "bob"}, queryStringParameters={"limit": "1"}).body
    items = app("GET", "/tickets", queryStringParameters={"nextToken": first["nextToken"]}).body["items"]
    assert items == [mine]


def test_an_owner_in_the_body_is_refused_and_in_the_query_ignored(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    assert app("POST", "/tickets", body={"owner": "bob"}).status == 400
    app("POST", "/tickets", claims={"sub": "bob"}, body={"of": "bob"})
    query = {"owner": "bob", "sub": "bob"}
    headers = {"owner": "bob", "x-sub": "bob"}
    assert app("GET", "/tickets", queryStringParameters=query, headers=headers).body == {"items": []}


def test_an_item_does_not_say_whose_it_is(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    created = app("POST", "/tickets", body={"note": "x"}).body
    assert created.keys() == {"id", "note", "updatedAt", "etag"}
    assert app("GET", "/tickets").body["items"] == [created]


@pytest.mark.parametrize("case", [TICKETS, SHOWS], ids=["query", "scan"])
def test_pages_cover_every_item_once(deploy: Deploy, case: Case) -> None:
    app = deploy(replace(case, operations=("list", "create")))
    path = f"/{case.name}"
    ids = [app("POST", path, body={"number": n}).body["id"] for n in range(5)]
    found = pages(app, path)
    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(item["id"] for page in found for item in page) == sorted(ids)


def test_ids_sort_by_age(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    app = deploy(TICKETS)
    for moment in (30, 10, 20):
        with monkeypatch.context() as patched:
            patched.setattr(app.items.time, "time_ns", lambda moment=moment: moment * 10**15)
            app("POST", "/tickets", body={"at": moment})
    assert [item["at"] for item in app("GET", "/tickets").body["items"]] == [10, 20, 30]


def test_a_list_by_an_index_stays_with_its_value(deploy: Deploy) -> None:
    app = deploy(EVENTS)
    for number in range(3):
        app("POST", "/events", body={"venue": "arena", "number": number})
    app("POST", "/events", body={"venue": "bar"})
    found = pages(app, "/events", query={"venue": "arena"})
    assert sorted(item["number"] for page in found for item in page) == [0, 1, 2]
    assert app("GET", "/events").status == 400
    assert "Scan" not in app.calls
    forged = {"venue": "bar", "nextToken": token(after="0", venue="arena")}
    items = app("GET", "/events", queryStringParameters=forged).body["items"]
    assert {item["venue"] for item in items} <= {"bar"}


def test_a_list_by_a_sorted_index_goes_on_where_it_ended(deploy: Deploy) -> None:
    app = deploy(Case("seats", list_by=BY_ROW))
    for row in (5, 1, 4.5, 1, -3):
        assert app("POST", "/seats", body={"venue": "arena", "row": row}).status == 201
    found = pages(app, "/seats", query={"venue": "arena"})
    assert [item["row"] for page in found for item in page] == [-3, 1, 1, 4.5, 5]
    assert app("POST", "/seats", body={"venue": "arena"}).status == 400, "an index lacks what it can't sort"
    for after in ("0", '["0"]', '["0", "first"]', '["0", null]', "{}", '["0", "1", "2"]'):
        query = {"venue": "arena", "nextToken": token(after=after)}
        assert app("GET", "/seats", queryStringParameters=query).status == 400, after


def test_a_sorted_index_takes_any_text(deploy: Deploy) -> None:
    app = deploy(Case("seats", list_by=BY_NAME))
    names = ["\u00e9" * 500, 'a\n"b', "\U0001f600", "z"]
    for name in names:
        assert app("POST", "/seats", body={"row": 1, "name": name}).status == 201
    found = pages(app, "/seats", query={"row": "1"})
    assert sorted(item["name"] for page in found for item in page) == sorted(names)
    for body in ({"row": 1, "name": "x" * 1025}, {"row": "1", "name": "x"}, {"row": 1, "name": 1}):
        assert app("POST", "/seats", body=body).status == 400
    for row in ("abc", "1e999", "\u0661", "--1"):
        assert app("GET", "/seats", queryStringParameters={"row": row}).status == 400


@pytest.mark.parametrize("venue", [None, "", 1, ["a"], {}])
def test_what_an_index_can_not_hold_is_refused(deploy: Deploy, venue: object) -> None:
    assert deploy(EVENTS)("POST", "/events", body={"venue": venue}).status == 400


def test_items_of_a_parent_are_apart_from_those_of_another(deploy: Deploy) -> None:
    app = deploy(REVIEWS)
    path, one = "/books/{bookId}/reviews", "/books/{bookId}/reviews/{reviewId}"
    created = app("POST", path, {"bookId": "a%20b"}, body={"stars": 5})
    assert created.body.keys() == {"reviewId", "stars", "updatedAt", "etag"}
    assert app("POST", path, {"bookId": "1"}, body={"bookId": "2"}).status == 400
    review = created.body["reviewId"]
    assert app("GET", one, {"bookId": "a%20b", "reviewId": review}).body == created.body
    assert app("GET", one, {"bookId": "other", "reviewId": review}).status == 404
    assert app("GET", path, {"bookId": "a%20b"}).body["items"] == [created.body]
    assert app("GET", path, {"bookId": "other"}).body["items"] == []


def test_an_id_that_is_taken_is_a_conflict(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    app = deploy(TICKETS)
    monkeypatch.setattr(app.items, "new_id", lambda: "same")
    assert app("POST", "/tickets", body={"note": "first"}).status == 201
    assert app("POST", "/tickets", body={"note": "second"}).status == 409
    assert app("GET", *ONE[:1], {"id": "same"}).body["note"] == "first"


def test_numbers_come_back_as_they_went(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    numbers = {"int": 10**37, "float": 0.1, "small": 1e-100, "negative": -7, "whole": 2.0, "zero": 0}
    created = app("POST", "/tickets", body=numbers).body
    read = app("GET", ONE[0], {"id": created["id"]}).body
    assert read == created
    assert {name: read[name] for name in numbers} == numbers


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_a_store_that_throttles_is_503_after_three_attempts(deploy: Deploy, code: str) -> None:
    app = deploy(TICKETS)
    attempts: list[str] = []
    answer = answer_with(code)

    def throttle(request: Any, **_: object) -> AWSResponse:
        attempts.append(request.url)
        return answer(request)

    app.events.register("before-send.dynamodb", throttle)
    got = app("GET", *ONE)
    assert (got.status, got.headers["retry-after"], got.body["code"]) == (503, "1", "unavailable")
    assert len(attempts) == 3


def test_a_denied_call_is_500_without_detail(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    app.events.register("before-send.dynamodb", answer_with("AccessDeniedException"))
    got = app("GET", *ONE)
    assert (got.status, "Denied" in str(got.body)) == (500, False)


def test_a_store_that_can_not_be_reached_is_503(
    lambda_variables: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKETS_TABLE_NAME", "tickets")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    (handler,) = load(write(tmp_path, TICKETS), "handler")
    got = call(handler, event("GET", *ONE))
    assert (got.status, got.headers["retry-after"]) == (503, "1")


def test_the_client_gives_up_before_the_function_is_stopped(aws: None, tmp_path: Path) -> None:
    (repository,) = load(write(tmp_path, TICKETS), "repository")
    config = repository.client().meta.config
    attempts = config.retries["total_max_attempts"]
    assert attempts * (config.connect_timeout + config.read_timeout) < 28 * 0.75
    assert repository.client() is repository.client()
