"""Runs the authorizer as Lambda would, without AWS: no test may open a connection to elsewhere."""

from __future__ import annotations

import importlib
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from provider import VARIABLES
from provider import surroundings as surroundings

CODE = Path(__file__).parents[1]
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

Call = Callable[[dict[str, Any]], dict[str, Any]]

sys.path.insert(0, str(CODE))
os.environ |= {"TOKEN_SOURCE": "header.Authorization", "GROUPS_CLAIM": "groups", **VARIABLES}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise OSError(f"a test tried to connect to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def call() -> Call:
    """Calls the authorizer; it has just started, and remembers from one call to the next."""
    for module in CODE.glob("*.py"):
        sys.modules.pop(module.stem, None)
    handler = importlib.import_module("handler")

    def called(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = handler.lambda_handler(event, None)
        return answer

    return called
