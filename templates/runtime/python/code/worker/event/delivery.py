"""One event: what fails is called again by Lambda, and kept among the dead letters in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def deliver(event: dict[str, Any], work: Callable[[dict[str, Any]], None]) -> None:
    """Work on the event; a fault is raised, which is how Lambda learns of it."""
    work(event)
