"""How events of objects are read."""

from __future__ import annotations

from deliveries import event_of

from message import parse


def test_an_event_names_the_object() -> None:
    message = parse(event_of({}))
    assert (message.bucket, message.key) == ("testing", "in/Happy Face.jpg")
    assert message.change == "Object Created"
    assert message.fields["size"] == 1024
