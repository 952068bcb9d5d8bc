"""Which tokens are good, and what happens when the issuer is away or our secret is rotated."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
import pytest
from conftest import Call
from events import rest_event
from provider import SECRET_NAME, issuer

NOW = int(time.time())


def refused(call: Call, token: str) -> bool:
    try:
        call(rest_event(token))
    except Exception as error:
        assert str(error) == "Unauthorized"
        return True
    return False


@pytest.mark.parametrize(
    "claims",
    [{}, {"aud": ["x", "box-office"]}, {"exp": None}, {"exp": NOW - 5}, {"iss": None}],
)
def test_a_good_token(call: Call, claims: dict[str, Any]) -> None:
    assert not refused(call, issuer.issue(**claims))


@pytest.mark.parametrize(
    "claims",
    [
        {"active": False},
        {"active": "true"},
        {"active": None},
        {"exp": NOW - 60},
        {"aud": "box-office-2"},
        {"aud": ["x"]},
        {"aud": None},
        {"iss": "https://login.example.com"},
        {"sub": None},
    ],
)
def test_a_bad_token(call: Call, claims: dict[str, Any]) -> None:
    assert refused(call, issuer.issue(**claims))


def test_a_token_that_the_issuer_does_not_know(call: Call) -> None:
    assert refused(call, "invented")


def test_tokens_of_another_client_are_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.TOKEN_CLIENT", "mobile")
    assert not refused(call, issuer.issue())
    assert refused(call, issuer.issue(client_id="other"))


def test_the_issuer_is_asked_each_time(call: Call) -> None:
    token = issuer.issue()
    assert not refused(call, token)
    issuer.tokens.clear()  # revoked
    assert refused(call, token)


@pytest.mark.parametrize("status", [500, 503, 403])
def test_without_an_answer_it_is_our_fault(
    call: Call, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    issuer.status = status
    monkeypatch.setattr("client_secret.PAUSE_SECONDS", 0)
    with pytest.raises(Exception, match=f"the issuer answered {status}"):
        call(rest_event(issuer.issue()))
    assert issuer.asked == 1


def test_an_issuer_that_is_away_is_our_fault(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.URL", "http://127.0.0.1:9/introspect")
    with pytest.raises(Exception, match="URLError"):
        call(rest_event(issuer.issue()))


def test_an_answer_that_says_nothing_lets_nobody_in(call: Call) -> None:
    token = issuer.issue()
    issuer.tokens[token] = []  # type: ignore[assignment]
    assert refused(call, token)


def test_the_secret_is_read_once(call: Call) -> None:
    assert not refused(call, issuer.issue())
    boto3.client("secretsmanager").delete_secret(
        SecretId=SECRET_NAME, ForceDeleteWithoutRecovery=True
    )
    assert not refused(call, issuer.issue())


def test_a_rotated_secret_is_read_again(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not refused(call, issuer.issue())
    issuer.secret = "another"
    text = json.dumps({"secret": issuer.secret})
    boto3.client("secretsmanager").put_secret_value(SecretId=SECRET_NAME, SecretString=text)
    monkeypatch.setattr("client_secret.PAUSE_SECONDS", 0)
    assert not refused(call, issuer.issue())


def test_a_wrong_secret_is_not_tried_for_ever(call: Call) -> None:
    issuer.secret = "another"
    with pytest.raises(Exception, match="the issuer answered 401"):
        call(rest_event(issuer.issue()))
    assert issuer.asked == 1


def test_a_secret_can_be_plain_text(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("secretsmanager").put_secret_value(
        SecretId=SECRET_NAME, SecretString=issuer.secret
    )
    monkeypatch.setattr("client_secret.KEY", "")
    assert not refused(call, issuer.issue())
