"""How messages are read, and what becomes of one that can't be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from deliveries import QUEUE, event_of, records_of

from delivery import deliver
from errors import InvalidRequest
from message import identifier, in_order, parse


def test_numbers_stay_exact() -> None:
    (record,) = records_of(event_of('{"price": 12.50}'))
    assert parse(record).fields == {"price": Decimal("12.50")}
    assert parse(record).attempt == 1


@pytest.mark.parametrize("body", ["Message Body", "", "[1]", '{"price": NaN}'])
def test_a_message_that_can_not_be_read_is_the_only_one_to_come_again(body: str) -> None:
    event = event_of({"note": "first"}, body, {"note": "last"})
    with pytest.raises(InvalidRequest):
        parse(records_of(event)[1])
    failed = deliver(event, lambda record: print(parse(record)))
    assert failed == {"batchItemFailures": [{"itemIdentifier": identifier(records_of(event)[1])}]}


def test_only_a_fifo_queue_keeps_the_order() -> None:
    queues = {QUEUE: False, f"{QUEUE}.fifo": True}
    for queue, expected in queues.items():
        (record,) = records_of(event_of({}, queue=queue))
        assert in_order(record) is expected


def test_an_attribute_stands_above_the_body() -> None:
    (record,) = records_of(event_of({"owner": "somebody else", "note": "first"}))
    record["messageAttributes"] = {"owner": {"stringValue": "ann", "dataType": "String"}}
    assert parse(record).fields == {"owner": "ann", "note": "first"}
