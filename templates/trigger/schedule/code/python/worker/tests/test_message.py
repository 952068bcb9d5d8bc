"""How the schedule's events are read."""

from __future__ import annotations

from datetime import UTC, datetime

from deliveries import event_of

from message import parse


def test_the_time_is_when_it_was_due() -> None:
    assert parse(event_of()).time == datetime(2026, 11, 24, 3, tzinfo=UTC)
