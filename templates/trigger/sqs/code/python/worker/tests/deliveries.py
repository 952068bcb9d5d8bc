"""Makes the events that Lambda makes of messages in a queue."""

from __future__ import annotations

import json
from typing import Any

QUEUE = "arn:aws:sqs:us-east-1:123456789012:messages"


def event_of(*contents: Any, queue: str = QUEUE) -> dict[str, Any]:
    """A batch with a message for each of `contents`; one that is text is its body as it stands."""
    return {"Records": [_record(number, said, queue) for number, said in enumerate(contents)]}


def records_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = event["Records"]
    return records


def _record(number: int, said: Any, queue: str) -> dict[str, Any]:
    return {
        "messageId": f"00000000-0000-4000-8000-{number:012}",
        "receiptHandle": "a handle",
        "body": said if isinstance(said, str) else json.dumps(said),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1520621625029",
            "SenderId": "a sender",
            "ApproximateFirstReceiveTimestamp": "1520621634884",
        },
        "messageAttributes": {},
        "md5OfBody": "a checksum",
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
        "awsRegion": "us-east-1",
    }
