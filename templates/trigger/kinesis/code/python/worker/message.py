"""A record of a Kinesis stream, as Lambda hands it over."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content import fields_of


@dataclass(frozen=True)
class Message:
    """`fields` is the JSON object of its data; records of one `partition_key` come in their order."""

    id: str
    fields: dict[str, Any]
    partition_key: str


def identifier(record: Mapping[str, Any]) -> str:
    """The name by which Lambda wants a record back."""
    return str(record["kinesis"]["sequenceNumber"])


def in_order(_: Mapping[str, Any]) -> bool:
    """Whether what follows has to wait until this is done: in a stream always."""
    return True


def parse(record: Mapping[str, Any]) -> Message:
    """The message; raises InvalidRequest where its data can't be read."""
    said = record["kinesis"]
    fields = fields_of(base64.b64decode(said["data"]))
    return Message(str(record["eventID"]), fields, str(said["partitionKey"]))
