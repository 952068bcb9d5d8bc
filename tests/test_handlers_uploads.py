"""Rendered functions of items with files, in every language: what they sign, and for whom."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
import requests

from support.cases import TICKETS
from support.handlers import load, write
from support.requests import Answer, call, event

ONE = "/tickets/{id}"
PHOTOS = replace(TICKETS, store="s3", uploads=True)


@dataclass(frozen=True)
class Deployed:
    """A function on its bucket."""

    handler: Any
    bucket: Any

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return call(self.handler, event(*args, **kwargs))

    def keys(self) -> list[str]:
        return [entry.key for entry in self.bucket.objects.all()]


@pytest.fixture(params=["python", "nodejs"])
def app(request: pytest.FixtureRequest, aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    monkeypatch.setenv("TICKETS_BUCKET_NAME", "kept")
    home = write(tmp_path, replace(PHOTOS, language=request.param))
    make: Callable[[], Any] = {
        "python": lambda: load(home, "handler")[0],
        "nodejs": lambda: request.getfixturevalue("start")(home),
    }[request.param]
    return Deployed(make(), boto3.resource("s3").create_bucket(Bucket="kept"))


def policy(form: dict[str, Any]) -> dict[str, Any]:
    """What a signed form lets its holder do."""
    (text,) = (value for name, value in form["fields"].items() if name.lower() == "policy")
    return dict(json.loads(base64.b64decode(text)))


def test_a_file_is_sent_with_a_form_for_it_alone(app: Deployed) -> None:
    created: dict[str, Any] = {"body": {"contentType": "image/jpeg"}, "headers": {"Idempotency-Key": "one"}}
    made, again = (app("POST", "/tickets", **created).body for _ in range(2))
    key = f"tickets.files/ann/{made['id']}"
    form = made["upload"]
    assert form["fields"]["key"] == again["upload"]["fields"]["key"] == key
    assert form["url"].startswith(("https://kept.s3.", "http://127.0.0.1:"))  # moto, for another process
    allowed = policy(form)
    assert datetime.fromisoformat(allowed["expiration"]) <= datetime.now(UTC) + timedelta(minutes=5)
    conditions = allowed["conditions"]
    assert ["content-length-range", 1, 2 * 1024 * 1024] in conditions
    for exact in ({"Content-Type": "image/jpeg"}, {"bucket": "kept"}, {"key": key}):
        assert exact in conditions
    sent = requests.post(form["url"], data=form["fields"], files={"file": b"jpeg"}, timeout=5)
    assert sent.ok, sent.text
    file = app.bucket.Object(key).get()
    assert (file["Body"].read(), file["ContentType"]) == (b"jpeg", "image/jpeg")
    assert "upload" not in json.load(app.bucket.Object(key.replace(".files", "")).get()["Body"])


def test_a_file_is_fetched_with_an_address_and_goes_with_its_item(app: Deployed) -> None:
    made = app("POST", "/tickets", body={"contentType": "image/png"}).body
    one = (ONE, {"id": made["id"]})
    key = f"tickets.files/ann/{made['id']}"
    app.bucket.put_object(Key=key, Body=b"png")
    address = app("GET", *one).body["download"]
    query = parse_qs(urlsplit(address).query)
    assert unquote(urlsplit(address).path).endswith(f"/{key}")
    assert query["response-content-disposition"] == ["attachment"]
    assert query["X-Amz-Expires"] == ["300"]
    assert requests.get(address, timeout=5).content == b"png"
    assert app("GET", "/tickets").body["items"][0].keys() == {"id", "contentType", "updatedAt", "etag"}
    assert app("DELETE", *one, headers={"If-Match": '"0"'}).status == 412
    assert app.keys() == [key, key.replace(".files", "")]
    assert app("DELETE", *one).status == 204
    assert app.keys() == []


def test_a_file_that_is_not_taken_makes_no_item(app: Deployed) -> None:
    for said in ({}, {"contentType": "text/html"}, {"contentType": ["image/png"]}):
        assert app("POST", "/tickets", body=said).status == 400
    assert app("POST", "/tickets", body={"contentType": "image/png", "upload": 1}).status == 400
    assert app.keys() == []
