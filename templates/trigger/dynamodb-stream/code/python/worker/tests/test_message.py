"""How changes are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from deliveries import event_of, records_of

from message import parse


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ({"S": "Hello"}, "Hello"),
        ({"N": "3.14"}, Decimal("3.14")),
        ({"BOOL": True}, True),
        ({"NULL": True}, None),
        ({"B": "AAEqQQ=="}, b"\x00\x01*A"),
        ({"SS": ["a", "b"]}, {"a", "b"}),
        ({"NS": ["1", "2"]}, {Decimal(1), Decimal(2)}),
        ({"BS": ["AAEqQQ=="]}, {b"\x00\x01*A"}),
        ({"L": [{"S": "a"}, {"N": "1"}]}, ["a", Decimal(1)]),
        ({"M": {"age": {"N": "35"}}}, {"age": Decimal(35)}),
    ],
)
def test_every_kind_of_attribute_is_read(attribute: dict[str, Any], value: Any) -> None:
    (record,) = records_of(event_of({}))
    record["dynamodb"]["NewImage"]["told"] = attribute
    assert parse(record).fields == {"id": "item-0", "told": value}


def test_a_removed_item_is_known_by_what_it_was() -> None:
    (record,) = records_of(event_of({"note": "first"}))
    change = {**record, "eventName": "REMOVE"}
    change["dynamodb"] = {**record["dynamodb"], "OldImage": record["dynamodb"]["NewImage"]}
    del change["dynamodb"]["NewImage"]
    message = parse(change)
    assert (message.change, message.fields, message.key) == ("REMOVE", {}, {"id": "item-0"})
    assert message.before == {"id": "item-0", "note": "first"}
