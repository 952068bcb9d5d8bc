"""Items of shows in DynamoDB: the only file that knows the table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from boto3.dynamodb import types
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

import errors
import items
from items import ID, Item

Attributes = dict[str, Any]  # an item in DynamoDB's notation: {"note": {"S": "..."}}

KEY = ["id"]
BUSY = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}


@cache
def client() -> Any:
    """The low-level client, built at first use (boto3's resource takes half as long again).

    Its three attempts end before the function's time does, so that the caller gets an answer.
    """
    timeouts = {"connect_timeout": 1, "read_timeout": 4}
    retries = {"mode": "standard", "total_max_attempts": 3}
    return boto3.client("dynamodb", config=Config(retries=retries, **timeouts))


def list_page(scope: Mapping[str, str], limit: int, after: str) -> tuple[list[Item], str]:
    """Up to `limit` items after the id `after`, in no order, and where to go on ("" at the end)."""
    start = {"ExclusiveStartKey": _key(scope, after)} if after else {}
    with _store_errors():
        answer = client().scan(TableName=_table(), Limit=limit, **start)
    return _page(answer)


def read(scope: Mapping[str, str], item_id: str) -> Item:
    """The item as it was last written, even a moment ago."""
    with _store_errors():
        key = _key(scope, item_id)
        answer = client().get_item(TableName=_table(), Key=key, ConsistentRead=True)
    if "Item" not in answer:
        raise _missing()
    return _item(answer["Item"])


def _page(answer: Attributes) -> tuple[list[Item], str]:
    last = answer.get("LastEvaluatedKey")
    return [_item(attributes) for attributes in answer["Items"]], last[ID]["S"] if last else ""


def _item(attributes: Attributes) -> Item:
    """An item as clients see it: without the fields that say whose it is."""
    read = {name: types.TypeDeserializer().deserialize(value) for name, value in attributes.items()}
    return {ID: read.pop(ID), **{name: read[name] for name in read if name not in items.SCOPE}}


def _key(scope: Mapping[str, str], item_id: str) -> Attributes:
    parts = {**scope, ID: item_id}
    return {name: {"S": parts[name]} for name in KEY}


def _table() -> str:
    return os.environ["SHOWS_TABLE_NAME"]


def _missing() -> errors.NotFound:
    return errors.NotFound("There is no such show")


class _ConditionFailed(Exception):
    """A write was refused by its condition; `found` is the item that is there, {} if there is none."""

    def __init__(self, found: Attributes) -> None:
        self.found = found


@contextmanager
def _store_errors() -> Iterator[None]:
    """Tell what the caller may try again from what is wrong with us."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            raise _ConditionFailed(error.response.get("Item", {})) from None
        if code in BUSY:
            raise errors.Unavailable from error
        raise
    except (ConnectionError, HTTPClientError) as error:
        raise errors.Unavailable from error
