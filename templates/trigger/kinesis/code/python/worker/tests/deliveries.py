"""Makes the events that Lambda makes of records in a stream."""

from __future__ import annotations

import base64
import json
from typing import Any


def event_of(*contents: Any) -> dict[str, Any]:
    """A batch with a record for each of `contents`; one that is text is its data as it stands."""
    return {"Records": [_record(number, said) for number, said in enumerate(contents)]}


def records_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = event["Records"]
    return records


def _record(number: int, said: Any) -> dict[str, Any]:
    text = said if isinstance(said, str) else json.dumps(said)
    sequence_number = f"4956816737333333333333333333333333333333333333{number:010}"
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "one",
            "sequenceNumber": sequence_number,
            "data": base64.b64encode(text.encode()).decode(),
            "approximateArrivalTimestamp": 1480641523.477,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence_number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/testing",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/testing",
    }
