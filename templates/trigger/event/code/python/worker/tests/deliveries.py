"""Makes events as EventBridge delivers them."""

from __future__ import annotations

from typing import Any


def event_of(content: dict[str, Any]) -> dict[str, Any]:
    """An event whose detail is `content`."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "SomethingHappened",
        "source": "testing",
        "account": "123456789012",
        "time": "2026-11-24T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": content,
    }


def records_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [event]
