"""A time that has come, as the schedule tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Message:
    """`time` is when it was due, whenever it is delivered; `fields` says the same as text."""

    id: str
    fields: dict[str, Any]
    time: datetime


def identifier(event: Mapping[str, Any]) -> str:
    """The name of this run: the same however often it is delivered."""
    return str(event["id"])


def parse(event: Mapping[str, Any]) -> Message:
    """The message."""
    time = str(event["time"])
    return Message(identifier(event), {"time": time}, datetime.fromisoformat(time))
