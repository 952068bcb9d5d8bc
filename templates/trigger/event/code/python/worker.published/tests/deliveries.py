"""Makes events as EventBridge delivers those that services publish."""

from __future__ import annotations

from typing import Any


def event_of(content: dict[str, Any]) -> dict[str, Any]:
    """An event about the item `content`."""
    said = {"id": "one", "at": "2026-11-24T00:00:00.000+00:00", "version": 1, "item": content}
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "something-happened",
        "source": "testing.service",
        "account": "123456789012",
        "time": "2026-11-24T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": said,
    }


def records_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [event]
