"""What API Gateway can rely on, whatever kind of token it is."""

from __future__ import annotations

import logging
from fnmatch import fnmatchcase
from typing import Any

import pytest
from conftest import Call
from events import API, http_event, rest_event, token_event
from provider import good_token


def allowed(answer: dict[str, Any]) -> str:
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "execute-api:Invoke"
    (resource,) = statement["Resource"]
    return str(resource)


def test_a_good_token_is_let_in(call: Call) -> None:
    answer = call(rest_event(good_token()))
    assert answer["principalId"] == answer["context"]["sub"] == "ann"


def test_what_is_kept_for_one_method_lets_the_caller_use_the_others(call: Call) -> None:
    policy = allowed(call(rest_event(good_token(), "GET", "/tickets")))
    for called in ("GET/tickets", "DELETE/tickets/1", "POST/shows/1/seats", "GET/"):
        assert fnmatchcase(f"{API}/prod/{called}", policy)
    assert not fnmatchcase(f"{API}/test/GET/tickets", policy)
    assert not fnmatchcase(f"{API}x/prod/GET/tickets", policy)


def test_handlers_get_flat_text(call: Call) -> None:
    context = call(rest_event(good_token()))["context"]
    assert context["groups"] == "editors,staff"
    assert all(isinstance(value, str) for value in context.values())


def test_every_kind_of_event_is_understood(call: Call) -> None:
    token = good_token()
    assert call(token_event(token))["principalId"] == "ann"
    assert call(rest_event(token) | {"version": "1.0"})["principalId"] == "ann"
    answer = call(http_event(token))
    assert answer["isAuthorized"] is True
    assert answer["context"]["sub"] == "ann"


@pytest.mark.parametrize(
    "event", [rest_event(None), rest_event(""), token_event(""), rest_event("x")]
)
def test_nobody_else_is_let_in(call: Call, event: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        call(event)


@pytest.mark.parametrize("event", [http_event(None), http_event("x")])
def test_an_http_api_is_told_so(call: Call, event: dict[str, Any]) -> None:
    assert call(event) == {"isAuthorized": False}


def test_another_scheme_is_no_token(call: Call) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        call(rest_event(None, Authorization=f"Basic {good_token()}"))


def test_clients_write_the_header_as_they_like(call: Call) -> None:
    assert call(rest_event(None, AUTHORIZATION=f"bearer {good_token()}"))["principalId"] == "ann"


def test_a_token_can_come_in_the_query(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_SOURCE", "query.ticket")
    event = rest_event("x") | {"queryStringParameters": {"ticket": good_token()}}
    assert call(event)["principalId"] == "ann"


def test_the_log_says_why_and_not_what(call: Call, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    token = good_token()[:-9] + "tampered!"
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        call(rest_event(token))
    assert "refused" in caplog.text
    assert token not in caplog.text
