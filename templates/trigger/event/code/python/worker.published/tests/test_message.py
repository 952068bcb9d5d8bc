"""How events of services are read."""

from __future__ import annotations

from decimal import Decimal

from deliveries import event_of

from message import parse


def test_an_event_says_what_happened_and_to_what() -> None:
    message = parse(event_of({"price": 12.5}))
    assert (message.source, message.kind) == ("testing.service", "something-happened")
    assert message.version == 1
    assert message.fields == {"price": Decimal("12.5")}


def test_an_event_that_is_told_twice_is_the_same() -> None:
    first, again = event_of({}), {**event_of({}), "id": "another"}
    assert parse(first) == parse(again)
