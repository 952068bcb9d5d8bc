"""A batch of records, one by one: Lambda is told which of them failed, and delivers only those again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from message import identifier, in_order

Record = dict[str, Any]


def deliver(batch: dict[str, Any], work: Callable[[Record], None]) -> dict[str, Any]:
    """Work on every record of a batch; where order counts, those behind a failure have to wait for it."""
    records: list[Record] = batch["Records"]
    failed: list[Record] = []
    for number, record in enumerate(records):
        try:
            work(record)
        except Exception:  # `work` has logged it
            if in_order(record):
                failed += records[number:]
                break
            failed.append(record)
    return {"batchItemFailures": [{"itemIdentifier": identifier(record)} for record in failed]}
