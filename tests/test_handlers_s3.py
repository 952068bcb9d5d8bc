"""Rendered S3 functions: which objects they write, whose items they give, and how they fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from support.cases import REVIEWS, SHOWS, TICKETS, Case
from support.handlers import load, write
from support.requests import Answer, call, event

ONE = "/tickets/{id}"


@dataclass(frozen=True)
class Deployed:
    """A function on its bucket."""

    handler: ModuleType
    repository: ModuleType
    items: ModuleType

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return call(self.handler, event(*args, **kwargs))

    @property
    def client(self) -> Any:
        return self.repository.client()

    def keys(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket="kept")
        return [entry["Key"] for entry in found.get("Contents", [])]


Deploy = Callable[[Case], Deployed]


@pytest.fixture
def deploy(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    def deployed(case: Case) -> Deployed:
        monkeypatch.setenv(f"{case.prefix}_BUCKET_NAME", "kept")
        made = Deployed(*load(write(tmp_path, replace(case, store="s3")), "handler", "repository", "items"))
        made.client.create_bucket(Bucket="kept")
        versioned = {"Status": "Enabled"}
        made.client.put_bucket_versioning(Bucket="kept", VersioningConfiguration=versioned)
        return made

    return deployed


def test_an_item_is_an_object_below_its_resource_and_owner(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    created = app("POST", "/tickets", body={"note": "x"}).body
    assert app.keys() == [f"tickets/ann/{created['id']}"]
    kept = app.client.get_object(Bucket="kept", Key=app.keys()[0])
    etag = {"etag": kept["ETag"].strip('"')}
    assert ({**json.load(kept["Body"]), **etag}, kept["ContentType"]) == (created, "application/json")


def test_a_name_of_an_owner_or_an_id_reaches_no_other_folder(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    secret = app("POST", "/tickets", claims={"sub": "bob"}, body={"of": "bob"}).body["id"]
    for given in (f"..%2Fbob%2F{secret}", f"%2e%2e/bob/{secret}", f"bob%2F{secret}"):
        assert app("GET", ONE, {"id": given}).status == 404
        assert app("DELETE", ONE, {"id": given}).status == 404
    assert app("GET", "/tickets", claims={"sub": "bob/"}).body == {"items": []}
    assert app("GET", "/tickets", claims={"sub": "bo"}).body == {"items": []}
    assert app("GET", ONE, {"id": secret}, claims={"sub": "bob"}).status == 200


def test_pages_cover_every_item_once(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    ids = [app("POST", "/tickets", body={"number": n}).body["id"] for n in range(5)]
    app("POST", "/tickets", claims={"sub": "bob"}, body={"of": "bob"})
    query, found = {"limit": "2"}, []
    while True:
        body = app("GET", "/tickets", queryStringParameters=query).body
        found.append([item["id"] for item in body["items"]])
        if "nextToken" not in body:
            break
        query["nextToken"] = body["nextToken"]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(item for page in found for item in page) == sorted(ids)


def test_an_item_that_goes_while_a_page_is_made_is_not_on_it(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    first, second = (app("POST", "/tickets", body={"number": n}).body for n in range(2))
    gone = f"tickets/ann/{first['id']}"

    def delete(**_: object) -> None:
        app.client.meta.events.unregister("after-call.s3.ListObjectsV2", delete)
        app.client.delete_object(Bucket="kept", Key=gone)

    app.client.meta.events.register("after-call.s3.ListObjectsV2", delete)
    assert app("GET", "/tickets").body["items"] == [second]


def test_items_of_a_parent_are_apart_from_those_of_another(deploy: Deploy) -> None:
    app = deploy(REVIEWS)
    path, one = "/books/{bookId}/reviews", "/books/{bookId}/reviews/{reviewId}"
    created = app("POST", path, {"bookId": "a%2Fb"}, body={"stars": 5}).body
    assert app.keys() == [f"reviews/a%2Fb/{created['reviewId']}"]
    assert app("GET", one, {"bookId": "a%2Fb", "reviewId": created["reviewId"]}).body == created
    assert app("GET", one, {"bookId": "a", "reviewId": f"b%2F{created['reviewId']}"}).status == 404


def test_an_id_that_is_taken_is_a_conflict(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    app = deploy(TICKETS)
    monkeypatch.setattr(app.items, "new_id", lambda: "same")
    assert app("POST", "/tickets", body={"note": "first"}).status == 201
    assert app("POST", "/tickets", body={"note": "second"}).status == 409
    assert app("GET", ONE, {"id": "same"}).body["note"] == "first"


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(("method", "call_name"), [("PUT", "PutObject"), ("DELETE", "DeleteObject")])
def test_a_change_that_another_one_overtook_is_refused(
    deploy: Deploy, method: str, call_name: str, named: bool
) -> None:
    app = deploy(TICKETS)
    made = app("POST", "/tickets", body={"note": "first"}).body
    item = made["id"]
    key, hook = f"tickets/ann/{item}", f"before-call.s3.{call_name}"

    def overtake(**_: object) -> None:
        app.client.meta.events.unregister(hook, overtake)
        app.client.put_object(Bucket="kept", Key=key, Body=b'{"note": "theirs"}')

    app.client.meta.events.register(hook, overtake)
    sent = {"headers": {"If-Match": f'"{made["etag"]}"'}} if named else {}
    assert app(method, ONE, {"id": item}, body={"note": "mine"}, **sent).status == (412 if named else 409)
    assert app("GET", ONE, {"id": item}).body["note"] == "theirs"


def test_what_is_deleted_can_be_brought_back(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    item = app("POST", "/tickets", body={"note": "first"}).body["id"]
    assert app("DELETE", ONE, {"id": item}).status == 204
    assert app("GET", ONE, {"id": item}).status == 404
    versions = app.client.list_object_versions(Bucket="kept")["Versions"]
    assert [version["Key"] for version in versions] == [f"tickets/ann/{item}"]


def test_numbers_come_back_as_they_went(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    numbers = {"int": 10**37, "float": 0.1, "negative": -7, "zero": 0}
    created = app("POST", "/tickets", body=numbers).body
    assert app("GET", ONE, {"id": created["id"]}).body == created
    assert {name: created[name] for name in numbers} == numbers


def test_a_key_that_s3_can_not_hold_is_refused(deploy: Deploy) -> None:
    app = deploy(TICKETS)
    long = "%F0%9F%8E%9F" * 60  # 240 bytes, 720 characters when quoted
    assert app("GET", ONE, {"id": long}).status == 404
    assert app("GET", ONE, {"id": long}, claims={"sub": "\U0001f39f" * 60}).status == 400


@pytest.mark.parametrize(("code", "status", "answer"), [("SlowDown", 503, 503), ("AccessDenied", 403, 500)])
def test_what_the_caller_may_try_again_is_told_from_a_fault_of_ours(
    deploy: Deploy, code: str, status: int, answer: int
) -> None:
    app = deploy(SHOWS)
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    class Raw:
        def stream(self, **_: object) -> Any:
            yield body

    refused = lambda request, **_: AWSResponse(request.url, status, {}, Raw())  # noqa: E731
    app.client.meta.events.register("before-send.s3", refused)
    got = app("GET", "/shows/{id}", {"id": "1"})
    assert (got.status, "AccessDenied" in str(got.body)) == (answer, False)


def test_only_the_operations_of_the_resource_are_there(deploy: Deploy) -> None:
    public = {name for name, value in vars(deploy(SHOWS).repository).items() if callable(value) and name.islower()}
    assert public >= {"list_page", "read"}
    assert not public & {"create", "update", "delete", "_put", "_version"}
