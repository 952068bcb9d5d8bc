"""Rendered functions of a table with a cache in front of it, in every language.

Engine not real: nothing that packages ship speaks DAX's protocol. Its clients encode what they are given, a table of
moto answers, and a failed condition does not tell by which item, as with the cache itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from amazondax.AttributeValueEncoder import _parse_expressions_only
from botocore.exceptions import ClientError

from support.cases import TICKETS
from support.handlers import load, write
from support.nodejs import NODE
from support.requests import Answer, call, event
from support.tables import empty_table

CACHED = replace(TICKETS, cached=True, style="plain")
ONE = ("/tickets/{id}", {"id": "1"})


class Cache:
    """What takes the place of Python's client; tests/node/dax.mjs is its like for Node.js."""

    def __init__(self, *, endpoint_url: str, **_: object) -> None:
        assert endpoint_url.startswith("daxs://")
        self._table = boto3.client("dynamodb")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*, ReturnValuesOnConditionCheckFailure: str = "", **request: Any) -> Any:
            if code := os.environ.get("DAX_FAULT"):
                raise ClientError({"Error": {"Code": code}}, name)
            _parse_expressions_only(request)
            print(json.dumps({"dax": name, "consistent": request.get("ConsistentRead", False)}))
            return getattr(self._table, name)(**request)

        return call


@dataclass(frozen=True)
class Deployed:
    """A function on its table."""

    handler: Any
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *args: Any, **kwargs: Any) -> Answer:
        return call(self.handler, event(*args, **kwargs))

    def asked(self) -> list[str]:
        """What the cache was asked since the last look; what goes past it to the table has an exclamation mark."""
        lines = [json.loads(line) for line in self.capsys.readouterr().out.splitlines() if '"dax"' in line]
        return [line["dax"].replace("_", "").lower() + "!" * line["consistent"] for line in lines]


@pytest.fixture(params=["python", "nodejs"])
def app(
    request: pytest.FixtureRequest,
    aws: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Deployed:
    monkeypatch.setenv("TICKETS_TABLE_NAME", "tickets")
    monkeypatch.setenv("TICKETS_DAX_ENDPOINT", "daxs://testing")
    empty_table(CACHED)
    home = write(tmp_path, replace(CACHED, language=request.param))
    if request.param == "nodejs":
        start = request.getfixturevalue("start")
        return Deployed(start(home, NODE_OPTIONS=f"--import={NODE / 'dax.mjs'}"), capsys)
    handler, repository = load(home, "handler", "repository")
    monkeypatch.setattr(repository, "AmazonDaxClient", Cache)
    return Deployed(handler, capsys)


def test_a_cached_table_keeps_the_contract(app: Deployed) -> None:
    made = app("POST", "/tickets", body={"note": "a", "price": 12.5}, headers={"Idempotency-Key": "one"})
    again = app("POST", "/tickets", body={"note": "a", "price": 12.5}, headers={"Idempotency-Key": "one"})
    assert (made.status, again.body) == (201, made.body)
    assert app("POST", "/tickets", body={"note": "b"}, headers={"Idempotency-Key": "one"}).status == 409
    one = ("/tickets/{id}", {"id": made.body["id"]})
    stale = {"If-Match": '"0123456789abcdef"'}
    assert app("PUT", *one, body={"note": "c"}, headers=stale).status == 412
    assert app("DELETE", *one, headers=stale).status == 412
    app.asked()
    assert app("GET", *one).body == made.body
    assert app("GET", "/tickets").body["items"] == [made.body]
    assert app("DELETE", *one).status == 204
    assert app.asked() == ["getitem", "query", "deleteitem"]


def test_what_stood_against_a_write_is_read_from_the_table(app: Deployed) -> None:
    assert app("DELETE", *ONE).status == 404
    assert app("PUT", *ONE, body={"note": "c"}).status == 404
    assert app.asked() == ["deleteitem", "getitem!", "putitem", "getitem!"]


def test_a_cache_that_is_out_of_reach_is_503(app: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("NoRouteException", "ConnectionException", "EndOfStreamException"):
        monkeypatch.setenv("DAX_FAULT", code)
        assert app("GET", *ONE).status == 503
    monkeypatch.setenv("DAX_FAULT", "AccessDeniedException")
    assert app("GET", *ONE).status == 500
