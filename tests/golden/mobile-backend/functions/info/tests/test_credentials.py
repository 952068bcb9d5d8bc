"""How the function signs in: no call more than needed, and never with what is out of date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

import credentials
import errors


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Changes the password in the secret, which starts as "first"."""
    credentials.forget()
    credentials._client.cache_clear()
    with mock_aws():
        client = boto3.client("secretsmanager")
        arn = client.create_secret(Name="app")["ARN"]

        def put(password: str) -> None:
            value = json.dumps({"username": "app", "password": password})
            client.put_secret_value(SecretId=arn, SecretString=value)

        put("first")
        monkeypatch.setenv("INFO_SECRET_ARN", arn)
        yield put
    credentials._client.cache_clear()


def test_the_secret_is_kept_until_it_is_forgotten(secret: Any) -> None:
    assert credentials.current() == ("app", "first")
    secret("second")
    assert credentials.current() == ("app", "first")
    credentials.forget()
    assert credentials.current() == ("app", "second")


def test_the_secret_is_read_again_in_time(secret: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials.current()
    secret("second")
    monkeypatch.setattr(credentials, "KEPT_SECONDS", -1)
    assert credentials.current() == ("app", "second")


def test_a_secret_that_can_not_be_read_may_be_tried_again(
    secret: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFO_SECRET_ARN", "nothing")
    with pytest.raises(errors.Unavailable):
        credentials.current()
