"""The bus of the tests: it takes every event, and keeps it for them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ |= {"EVENT_BUS_NAME": "testing", "EVENT_BUS_SOURCE": "testing.service"}


class Bus:
    """What EventBridge answers, and what it was sent."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.reply: dict[str, Any] = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.entries += Entries
        return self.reply

    @property
    def told(self) -> list[tuple[str, Any]]:
        """The name of every event, and what it says."""
        return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in self.entries]


@pytest.fixture(autouse=True)
def bus_of_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    import bus

    taking = Bus()
    monkeypatch.setattr(bus, "_client", lambda: taking)
    yield taking
