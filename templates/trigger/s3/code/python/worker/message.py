"""What happened to an object in a bucket, as EventBridge tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """`change` is Object Created or Object Deleted; `fields` says what is known of the object."""

    id: str
    fields: dict[str, Any]
    bucket: str
    key: str
    change: str


def identifier(event: Mapping[str, Any]) -> str:
    """The name of this event: the same however often it is delivered."""
    return str(event["id"])


def parse(event: Mapping[str, Any]) -> Message:
    """The message. Keys come as they are, not encoded as in a bucket's own notifications."""
    bucket, about = str(event["detail"]["bucket"]["name"]), dict(event["detail"]["object"])
    key, change = str(about["key"]), str(event["detail-type"])
    return Message(identifier(event), {"bucket": bucket, **about}, bucket, key, change)
