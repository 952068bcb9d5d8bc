"""Makes the events that Lambda makes of changes in a table."""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.types import TypeSerializer


def event_of(*contents: dict[str, Any]) -> dict[str, Any]:
    """A batch in which an item with each of `contents` was put into the table."""
    return {"Records": [_record(number, said) for number, said in enumerate(contents)]}


def records_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = event["Records"]
    return records


def _record(number: int, said: dict[str, Any]) -> dict[str, Any]:
    key = {"id": {"S": f"item-{number}"}}
    written = {name: TypeSerializer().serialize(value) for name, value in said.items()}
    return {
        "eventID": f"{number:032}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1480642020,
            "Keys": key,
            "NewImage": {**key, **written},
            "SequenceNumber": f"{1405400000000002063282832 + number}",
            "SizeBytes": 54,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/testing/stream/2026-01-01T00:00:00.000",
    }
