"""Runs the function as Lambda would, without AWS: no test may open a connection to elsewhere."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.pop("AWS_PROFILE", None)
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "testing",
    "POWERTOOLS_SERVICE_NAME": "shows",
}

from caching import kept as kept
from store import store as store

LOOPBACK = {"127.0.0.1", "::1", "localhost"}

Call = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise OSError(f"a test tried to connect to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def call() -> Iterator[Call]:
    """Calls the handler with an event and returns its answer, checked for API Gateway's form."""
    from handler import lambda_handler

    context = SimpleNamespace(
        function_name="shows",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:testing",
        aws_request_id="11111111-2222-3333-4444-555555555555",
    )

    def called(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = lambda_handler(event, context)
        assert isinstance(answer["statusCode"], int)
        assert isinstance(answer["body"], str)
        return answer

    yield called
