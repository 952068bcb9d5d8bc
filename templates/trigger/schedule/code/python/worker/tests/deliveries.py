"""Makes the events that the schedule sends, as template.yaml writes them."""

from __future__ import annotations

from typing import Any


def event_of(*_: Any) -> dict[str, Any]:
    """The event of one run."""
    return {"id": "d32c5kddcf5bb8c3", "time": "2026-11-24T03:00:00Z"}


def records_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [event]
