"""An event of an EventBridge bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content import fields_of


@dataclass(frozen=True)
class Message:
    """`fields` is the event's detail; `source` and `kind` (its detail-type) say what happened, and where."""

    id: str
    fields: dict[str, Any]
    source: str
    kind: str


def identifier(event: Mapping[str, Any]) -> str:
    """The name of this event: the same however often it is delivered."""
    return str(event["id"])


def parse(event: Mapping[str, Any]) -> Message:
    """The message; numbers in it are exact, as int or Decimal."""
    fields = fields_of(json.dumps(event["detail"]))
    return Message(identifier(event), fields, str(event["source"]), str(event["detail-type"]))
