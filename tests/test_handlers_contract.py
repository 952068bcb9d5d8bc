"""Handlers of every style and language keep the same promises to clients, and give the very same answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.cases import OWNER, TICKETS
from support.handlers import load, write
from support.nodejs import Function, Start
from support.requests import RECORDED_HTTP, Answer, call, event, of_http_api
from support.tables import empty_table

ITEMS, ONE = "/tickets", "/tickets/{id}"
IDS = [f"{number:032x}" for number in range(1, 100)]
ETAG = "0123456789abcdef"
MOMENT = datetime(2026, 11, 22, 10, 0, 0, 123000, tzinfo=UTC)
NINES = "9" * 5000  # Python reads no such number: its message is that this is no JSON
HUGE = json.dumps({"note": "x" * 300_000})
DEEP = '{"a":' * 40 + "1" + "}" * 40
STYLES = ("powertools", "plain", "nodejs-powertools", "nodejs-plain")

Requests = list[tuple[dict[str, Any], int]]
Handler = ModuleType | Function
Deploy = Callable[..., Handler]


def token(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def post(body: object, **more: Any) -> dict[str, Any]:
    return event("POST", ITEMS, body=body, **more)


def listed(**query: str) -> dict[str, Any]:
    return event("GET", ITEMS, queryStringParameters=query)


def one(method: str, item_id: str, body: object = None, **more: Any) -> dict[str, Any]:
    return event(method, ONE, {"id": item_id}, body=body, **more)


# Events in this order, on an empty table, each with the status of its answer.
REQUESTS: Requests = [
    (listed(), 200),
    (event("GET", ITEMS, headers=None, multiValueHeaders=None), 200),
    (post({"note": "first", "price": 12.50, "big": 10**37, "none": None, "": ""}), 400),
    (post({"note": "first", "price": 12.50, "big": 10**37, "none": None, "empty": ""}), 201),
    (post({"nested": {"list": [1, "two", {"three": 3.0}]}, "flag": True}), 201),
    (post({"note": "from ü to 🎭"}, claims={"sub": "bob"}), 201),
    (post(base64.b64encode(b'{"note": "encoded"}').decode(), isBase64Encoded=True), 201),
    (post("not base64", isBase64Encoded=True), 400),
    (post(base64.b64encode(b"\xff").decode(), isBase64Encoded=True), 400),
    *((post(body), 400) for body in (None, "", "{", "[]", '"text"', "1", "null", '{"n": NaN}')),
    *((post(body), 400) for body in ('{"n": Infinity}', '{"n": 1e999}', f'{{"n": 1{"0" * 39}1}}')),
    *((post(body), 400) for body in ('{"n": 0e999}', f'{{"n": {NINES}}}', HUGE, DEEP, "[" * 100_000)),
    *((post(body), 400) for body in ('{"n": "\\ud800"}', '{"n": "\\u0000"}', '{"\\ud800": 1}')),
    *((post({name: "mine"}), 400) for name in ("id", "owner", "updatedAt")),
    (post({}, headers={"content-TYPE": "application/json; charset=utf-8"}), 201),
    (post({}, headers={"Content-Type": "text/plain"}), 415),
    (one("GET", IDS[0]), 200),
    (one("GET", IDS[2]), 404),
    (one("GET", IDS[2], claims={"sub": "bob"}), 200),
    *((one("GET", bad), 404) for bad in ("nothing", "a%2Fb", "%25", "..%2F..", "%22%27%3B", "%F0%9F%8E%AD")),
    *((one("GET", bad), 400) for bad in ("%00", "%20", "a%0Ab", "x" * 256)),
    (event("GET", ONE), 400),
    (one("PUT", IDS[0], {"note": "second"}), 200),
    (one("PUT", IDS[0], {"owner": "bob"}), 400),
    (one("PUT", IDS[2], {"note": "stolen"}), 404),
    (one("PUT", "nothing", {}), 404),
    (one("GET", IDS[2], claims={"sub": "bob"}), 200),
    (listed(limit="1"), 200),
    (listed(limit="1", nextToken=token(json.dumps({"after": IDS[0]}))), 200),
    (listed(limit="100", nextToken=token(json.dumps({"after": "zzz", "owner": "bob"}))), 200),
    *((listed(limit=bad), 400) for bad in ("0", "101", "-1", "1.5", "ten", "²", "٣", "0x10")),
    *((listed(nextToken=bad), 400) for bad in ("%", "x", token("[]"), token('"a"'), token("{}"))),
    *((listed(nextToken=token(bad)), 400) for bad in ('{"after": 1}', '{"after": ""}', '{"after": "\\u0000"}')),
    (event("GET", ITEMS, claims={}), 401),
    (event("GET", ITEMS, claims={"username": "ann"}), 401),
    (event("GET", ITEMS, claims={"sub": ""}), 401),
    (event("GET", ITEMS, claims={"sub": "ann "}), 401),
    (event("GET", ITEMS, requestContext={"requestId": "r", "authorizer": None}), 401),
    (one("PUT", IDS[0], {"note": "third"}, headers={"If-Match": f'"{ETAG}"'}), 200),
    (one("PUT", IDS[0], {"note": "third"}, headers={"IF-MATCH": "*"}), 200),
    *((one("PUT", IDS[0], {}, headers={"If-Match": bad}), 412) for bad in ('"other"', f'W/"{ETAG}"', ETAG, '"', '""')),
    (one("PUT", IDS[0], {}, headers={"If-Match": f'"{ETAG}", "other"'}), 400),
    (one("PUT", IDS[2], {}, headers={"If-Match": f'"{ETAG}"'}), 404),
    (one("DELETE", IDS[0], headers={"If-Match": '"other"'}), 412),
    (one("DELETE", "nothing", headers={"If-Match": '"other"'}), 404),
    *((post({"note": "once", "n": 12.50}, headers={"Idempotency-Key": "a key"}), 201) for _ in range(2)),
    (post({"note": "twice"}, headers={"idempotency-key": "a key"}), 409),
    (post({"note": "twice"}, headers={"Idempotency-Key": "a key"}, claims={"sub": "bob"}), 201),
    *((post({}, headers={"Idempotency-Key": bad}), 400) for bad in (" ", "a\tkey", "x" * 256)),
    (one("DELETE", IDS[2]), 404),
    (one("DELETE", IDS[0]), 204),
    (one("DELETE", IDS[0]), 404),
    (event("GET", "/elsewhere"), 404),
    (event("PATCH", ONE, {"id": IDS[1]}), 404),
    (listed(), 200),
]


@pytest.fixture
def deploy(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Deploy:
    """Deploys tickets in a style, on an empty table, with ids and times that are the same every time."""
    monkeypatch.setenv("TICKETS_TABLE_NAME", "tickets")

    def deployed(style: str, **options: Any) -> Handler:
        if style.startswith("nodejs-"):
            case = replace(TICKETS, style=style.removeprefix("nodejs-"), language="nodejs", **options)
            empty_table(replace(case, store="dynamodb"))
            start: Start = request.getfixturevalue("start")
            return start(write(tmp_path / style / case.payload, case), fixed=True)
        case = replace(TICKETS, style=style, **options)
        home = write(tmp_path / style / case.payload, case)
        handler, items = load(home, "handler", "items")
        ids = iter(IDS)
        monkeypatch.setattr(items, "new_id", lambda: next(ids))
        monkeypatch.setattr(items, "now", lambda: MOMENT)
        monkeypatch.setattr(items, "new_etag", lambda: ETAG)
        empty_table(replace(case, store="dynamodb"))
        return handler

    return deployed


@pytest.mark.parametrize("style", STYLES)
def test_every_request_gets_its_status(deploy: Deploy, style: str) -> None:
    handler = deploy(style)
    got = [(given, call(handler, given)) for given, _ in REQUESTS]
    wrong = [
        (index, given["httpMethod"], given["path"], str(given["body"])[:60], answer.status, answer.body)
        for index, ((given, answer), (_, expected)) in enumerate(zip(got, REQUESTS, strict=True))
        if answer.status != expected
    ]
    assert wrong == []


@pytest.mark.parametrize("style", STYLES[1:])
def test_the_styles_give_the_same_answers(deploy: Deploy, style: str) -> None:
    answers = [[call(handler, given) for given, _ in REQUESTS] for handler in map(deploy, (STYLES[0], style))]
    wrong = [
        (str(given["body"])[:60], other, answer)
        for (given, _), other, answer in zip(REQUESTS, *map(as_doubles, answers), strict=True)
        if other != answer and NINES not in str(given["body"])
    ]
    assert wrong == []


def as_doubles(answers: list[Answer]) -> list[Answer]:
    """Answers as a client reads them that has no number but the double: JavaScript writes 10**37 as 1e+37."""
    return [replace(answer, body=json.loads(json.dumps(answer.body), parse_int=float)) for answer in answers]


@pytest.mark.parametrize("style", STYLES)
def test_both_types_of_api_give_the_same_answers(deploy: Deploy, style: str) -> None:
    rest = deploy(style)
    wanted = [call(rest, given) for given, _ in REQUESTS]
    http = deploy(style, payload="2.0")
    got = [call(http, of_http_api(given)) for given, _ in REQUESTS]
    wrong = [
        (given["httpMethod"], given["path"], str(given["body"])[:60], other, answer)
        for (given, _), other, answer in zip(REQUESTS, wanted, got, strict=True)
        if other != answer
    ]
    assert wrong == []


@pytest.mark.parametrize("style", STYLES)
def test_events_of_an_http_api_are_read_as_they_are(deploy: Deploy, style: str) -> None:
    handler = deploy(style, payload="2.0")
    created = call(handler, of_http_api(post({"note": "first"})))
    assert created.headers["location"] == f"/live/tickets/{IDS[0]}"
    assert call(handler, RECORDED_HTTP).body["items"] == [created.body]
    moved = {**RECORDED_HTTP, "rawPath": "/shop/tickets"}
    moved["requestContext"] = {**moved["requestContext"], "stage": "prod"}
    assert call(handler, moved).status == 200
    for claims in ({}, {"sub": "bob"}):
        authorizer = {"jwt": {"claims": claims, "scopes": None}}
        given = {**RECORDED_HTTP, "requestContext": {**RECORDED_HTTP["requestContext"], "authorizer": authorizer}}
        assert call(handler, given).body.get("items", []) == []


def test_cookies_are_read_from_where_each_api_has_them(deploy: Deploy, tmp_path: Path) -> None:
    given = event("GET", ITEMS, headers={"Cookie": "theme=dark; seen=1"})
    for payload, made in (("1.0", given), ("2.0", of_http_api(given))):
        (request,) = load(write(tmp_path / payload, replace(TICKETS, payload=payload)), "request")
        assert request.Request(made).header("cookie") == "theme=dark; seen=1"
        assert request.Request(made).header("x-nothing") == ""


@pytest.mark.parametrize("style", STYLES)
def test_answers_have_the_form_that_clients_are_told(deploy: Deploy, style: str) -> None:
    handler = deploy(style)
    created = call(handler, post({"note": "first", "price": 12.50}))
    item = {"id": IDS[0], "note": "first", "price": 12.5, "updatedAt": "2026-11-22T10:00:00.123Z", "etag": ETAG}
    json_headers = {"content-type": "application/json", "x-content-type-options": "nosniff"}
    tagged = {**json_headers, "etag": f'"{ETAG}"'}
    assert created == Answer(201, {**tagged, "location": f"/live/tickets/{IDS[0]}"}, item)
    assert call(handler, one("GET", IDS[0])) == Answer(200, tagged, item)
    assert call(handler, one("PUT", IDS[0], {"note": "first", "price": 12.50})) == Answer(200, tagged, item)
    assert call(handler, listed()) == Answer(200, json_headers, {"items": [item]})
    problem = {
        "message": "There is no such ticket",
        "code": "not_found",
        "requestId": "6f1d1c1a-0000-4000-8000-000000000001",
    }
    assert call(handler, one("GET", "nothing")) == Answer(404, json_headers, problem)
    assert call(handler, one("DELETE", IDS[0])) == Answer(204, {"x-content-type-options": "nosniff"}, None)


@pytest.mark.parametrize("style", STYLES)
def test_browsers_of_the_allowed_origin_may_read_errors_too(
    deploy: Deploy, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_ORIGIN", "https://app.example.com")
    handler = deploy(style)
    for given in (listed(), one("GET", "nothing"), event("GET", "/elsewhere")):
        headers = call(handler, given).headers
        assert headers["access-control-allow-origin"] == "https://app.example.com"
        assert headers["vary"] == "Origin"
        assert "ETag" in headers["access-control-expose-headers"]


# What a claim of groups may hold, and the status for it where `staff` may ask.
GROUPS = [
    ("staff", 200),
    ("[staff]", 200),
    ("[a, staff]", 200),
    ("a,staff", 200),
    ("[a staff]", 200),
    ("staffing", 403),
    ("[a, b]", 403),
    ("", 403),
    (None, 403),
]


@pytest.mark.parametrize("style", STYLES)
def test_groups_are_read_however_they_arrive(deploy: Deploy, style: str) -> None:
    handler = deploy(style, groups=("admin", "staff"), scope=OWNER)
    for groups, status in GROUPS:
        claims = {"sub": "ann"} if groups is None else {"sub": "ann", "cognito:groups": groups}
        assert call(handler, event("GET", ITEMS, claims=claims)).status == status, groups


def of_token(groups: object, **other: object) -> dict[str, Any]:
    """A request to an HTTP API with such groups in its token, as API Gateway hands both on."""
    said = {"iss": "https://login.example.com/", "sub": "ann", "cognito:groups": groups}
    sent = f"Bearer {token('{}')}.{token(json.dumps({**said, **other}))}.c2ln"
    given = of_http_api(event("GET", ITEMS, headers={"Authorization": sent}))
    as_text = {k: f"[{' '.join(map(str, v))}]" if isinstance(v, list) else v for k, v in said.items()}
    given["requestContext"]["authorizer"] = {"jwt": {"claims": as_text, "scopes": None}}
    return given


GROUPS_OF_TOKENS: list[tuple[Any, int]] = [
    (["staff"], 200),
    (["a", "staff"], 200),
    ("a staff", 200),
    ("a,staff", 200),
    (["staff of the canteen"], 403),
    (["friends", "no staff"], 403),
    (["a,staff"], 403),
    ([], 403),
    ("[staff]", 403),
]


@pytest.mark.parametrize("style", STYLES)
def test_names_of_groups_are_kept_apart_by_an_http_api(deploy: Deploy, style: str) -> None:
    handler = deploy(style, groups=("admin", "staff"), scope=OWNER, payload="2.0")
    for groups, status in GROUPS_OF_TOKENS:
        assert call(handler, of_token(groups)).status == status, groups


@pytest.mark.parametrize("style", ["plain", "nodejs-plain"])
@pytest.mark.parametrize("other", [{"sub": "bob"}, {"iss": "https://elsewhere.example.com/"}, {"cognito:groups": 1}])
def test_another_token_says_nothing_of_groups(deploy: Deploy, other: dict[str, Any], style: str) -> None:
    handler = deploy(style, groups=("staff",), scope=OWNER, payload="2.0")
    assert call(handler, of_token(["staff"])).status == 200
    assert call(handler, of_token(["staff"], **other)).status == 403
    given = of_token(["staff"])
    for sent in ("", "Bearer", "Bearer a.b", "Bearer a.%%.c", "Bearer a." + token("[1]") + ".c"):
        given["headers"]["authorization"] = sent
        assert call(handler, given).status == 403


@pytest.mark.parametrize("style", STYLES)
def test_what_nobody_foresaw_is_500_without_detail(deploy: Deploy, style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = deploy(style)
    monkeypatch.setenv("TICKETS_TABLE_NAME", "no-such-table")
    answer = call(handler, listed())
    assert answer.status == 500
    assert answer.body == {
        "message": "The request could not be completed",
        "requestId": "6f1d1c1a-0000-4000-8000-000000000001",
    }


@pytest.mark.parametrize("style", STYLES)
def test_every_log_line_names_its_request_and_none_holds_a_body(
    deploy: Deploy, style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = deploy(style)
    call(handler, post({"note": "a body's secret"}, headers={"Authorization": "Bearer a-token"}))
    call(handler, post({"id": "a body's secret", "Authorization": "x"}))
    call(handler, one("GET", "nothing"))
    call(handler, post({}, headers={"X-CORRELATION-ID": 'forged" }\n{'}))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logs = [line for line in lines if "_aws" not in line]
    assert len(logs) >= 2
    for line in logs:
        assert line["request_id"] == "6f1d1c1a-0000-4000-8000-000000000001"
        assert line["correlation_id"] in ("order-4711", line["request_id"])
        assert "cold_start" in line
    assert "secret" not in json.dumps(lines)
    assert "a-token" not in json.dumps(lines)


@pytest.mark.parametrize("style", STYLES)
def test_routes_without_a_store_wait_for_their_author(deploy: Deploy, style: str) -> None:
    handler = deploy(style, store="none")
    for given in (listed(), post({}), one("GET", "1"), one("PUT", "1", {}), one("DELETE", "1")):
        answer = call(handler, given)
        assert (answer.status, answer.body["code"]) == (501, "not_built")
