"""How events are read."""

from __future__ import annotations

from decimal import Decimal

from deliveries import event_of

from message import parse


def test_an_event_says_what_happened() -> None:
    message = parse(event_of({"price": 12.5}))
    assert (message.source, message.kind) == ("testing", "SomethingHappened")
    assert message.fields == {"price": Decimal("12.5")}
