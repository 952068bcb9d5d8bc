"""A message of an SQS queue, as Lambda hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from content import fields_of


@dataclass(frozen=True)
class Message:
    """`fields` is the JSON object of its body, `attempt` how often it was delivered, this time included.

    What the sender says in attributes stands above the body: an API puts its caller there, whom no
    body can forge.
    """

    id: str
    fields: dict[str, Any]
    attempt: int


def identifier(record: Mapping[str, Any]) -> str:
    """The name by which Lambda wants a message back."""
    return str(record["messageId"])


def in_order(record: Mapping[str, Any]) -> bool:
    """Whether what follows has to wait until this is done: in a FIFO queue alone."""
    return str(record["eventSourceARN"]).endswith(".fifo")


def parse(record: Mapping[str, Any]) -> Message:
    """The message; raises InvalidRequest where its body can't be read."""
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    said = record["messageAttributes"].items()
    attributes = {
        name: value["stringValue"] for name, value in said if value["dataType"] == "String"
    }
    return Message(identifier(record), {**fields_of(record["body"]), **attributes}, attempt)
