"""How records are read, and what becomes of one that can't be."""

from __future__ import annotations

from decimal import Decimal

import pytest
from deliveries import event_of, records_of

from delivery import deliver
from errors import InvalidRequest
from message import identifier, parse


def test_numbers_stay_exact() -> None:
    (record,) = records_of(event_of('{"price": 12.50}'))
    assert parse(record).fields == {"price": Decimal("12.50")}
    assert parse(record).partition_key == "one"


@pytest.mark.parametrize("data", ["Hello World", "", "[1]"])
def test_those_behind_a_record_that_can_not_be_read_wait_for_it(data: str) -> None:
    event = event_of({"note": "first"}, data, {"note": "last"})
    with pytest.raises(InvalidRequest):
        parse(records_of(event)[1])
    failed = deliver(event, lambda record: print(parse(record)))
    waiting = [{"itemIdentifier": identifier(record)} for record in records_of(event)[1:]]
    assert failed == {"batchItemFailures": waiting}
