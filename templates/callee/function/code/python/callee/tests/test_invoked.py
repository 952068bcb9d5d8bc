"""Calls by other functions: they reach invoked.py, not the routes or the messages."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

import errors
import invoked
from handler import lambda_handler

CONTEXT = SimpleNamespace(
    function_name="testing",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:testing:live",
    aws_request_id="11111111-2222-3333-4444-555555555555",
)


def test_a_call_reaches_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(payload: Any) -> Any:
        return {"twice": payload["number"] * Decimal(2)}

    monkeypatch.setattr(invoked, "work", work)
    assert lambda_handler({"invocation": {"number": 21}}, CONTEXT) == {"twice": 42}


def test_what_is_not_built_is_told_the_caller() -> None:
    with pytest.raises(errors.NotBuilt):
        lambda_handler({"invocation": {}}, CONTEXT)
