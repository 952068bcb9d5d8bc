"""What Lambda is told of an event: nothing when it was done, the fault when it was not."""

from __future__ import annotations

from typing import Any

import pytest
from deliveries import event_of
from events import CONTENT

from delivery import deliver


def test_what_was_done_does_not_come_again() -> None:
    seen: list[dict[str, Any]] = []
    deliver(event_of(CONTENT), seen.append)
    assert seen == [event_of(CONTENT)]


def test_a_fault_reaches_lambda() -> None:
    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError("it can't be done")

    with pytest.raises(RuntimeError):
        deliver(event_of(CONTENT), fail)
