"""A change of an item in a DynamoDB table, as Lambda hands it over."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Change = Literal["INSERT", "MODIFY", "REMOVE"]


@dataclass(frozen=True)
class Message:
    """`fields` is the item as it is now ({} once removed), `before` as it was ({} when new), `key` its key."""

    id: str
    fields: dict[str, Any]
    before: dict[str, Any]
    key: dict[str, Any]
    change: Change


def identifier(record: Mapping[str, Any]) -> str:
    """The name by which Lambda wants a change back."""
    return str(record["dynamodb"]["SequenceNumber"])


def in_order(_: Mapping[str, Any]) -> bool:
    """Whether what follows has to wait until this is done: in a stream always."""
    return True


def parse(record: Mapping[str, Any]) -> Message:
    """The message."""
    said = record["dynamodb"]
    images = [_item(said.get(name, {})) for name in ("NewImage", "OldImage", "Keys")]
    return Message(str(record["eventID"]), *images, record["eventName"])


def _item(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(attribute) for name, attribute in attributes.items()}


def _value(attribute: Mapping[str, Any]) -> Any:
    """What an attribute says in DynamoDB's notation, {"N": "1"}; in events, binary data are base64."""
    ((kind, said),) = attribute.items()
    if kind in ("SS", "NS", "BS"):
        return {_value({kind[0]: member}) for member in said}
    if kind == "L":
        return [_value(member) for member in said]
    if kind == "M":
        return _item(said)
    if kind == "NULL":
        return None
    if kind == "N":
        return Decimal(said)
    return base64.b64decode(said) if kind == "B" else said
