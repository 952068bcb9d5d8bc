"""An event that a service has published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content import fields_of


@dataclass(frozen=True)
class Message:
    """`fields` is the item that the event is about; `source` is the service and `kind` the name of the event.

    `at` is when it was told, in ISO 8601: events may come out of order. `version` says how it is to be read.
    """

    id: str
    fields: dict[str, Any]
    source: str
    kind: str
    at: str
    version: int


def identifier(event: Mapping[str, Any]) -> str:
    """The publisher's name of this event: EventBridge's own is another one each time that it is told."""
    return str(event["detail"]["id"])


def parse(event: Mapping[str, Any]) -> Message:
    """The message; numbers in it are exact, as int or Decimal."""
    said = event["detail"]
    return Message(
        id=identifier(event),
        fields=fields_of(json.dumps(said["item"])),
        source=str(event["source"]),
        kind=str(event["detail-type"]),
        at=str(said["at"]),
        version=int(said["version"]),
    )
