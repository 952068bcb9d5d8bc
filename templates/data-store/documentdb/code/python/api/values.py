"""What clients send, as the cluster keeps it and back: numbers exactly, names that are no operators.

A dot in a name would be a way into a document, and a dollar an operator: they are kept as %2E and %24.
"""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import Any
from urllib.parse import unquote

from bson.decimal128 import Decimal128

import errors

INT64 = range(-(2**63), 2**63)


def stored(value: Any) -> Any:
    """A value of JSON as one of BSON. Raises InvalidRequest for what the cluster can't keep."""
    if isinstance(value, dict):
        return {_escaped(name): stored(each) for name, each in value.items()}
    if isinstance(value, list):
        return [stored(each) for each in value]
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    if isinstance(value, Decimal) or (type(value) is int and value not in INT64):
        return _decimal(value)
    return value


def shown(value: Any) -> Any:
    """The value of JSON that `stored` made this one of."""
    if isinstance(value, dict):
        return {unquote(name): shown(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Decimal128):
        number = value.to_decimal()
        return int(number) if number.as_tuple().exponent == 0 else number
    return value


def _decimal(value: Decimal | int) -> Decimal128:
    try:
        return Decimal128(str(value))
    except DecimalException:
        raise errors.InvalidRequest("The item holds a number of more than 34 digits") from None


def _escaped(name: str) -> str:
    for character in "%.$":
        name = name.replace(character, f"%{ord(character):02X}")
    return name
