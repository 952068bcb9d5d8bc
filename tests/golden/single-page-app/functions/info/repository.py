"""Items of info in S3, an object for each: the only file that knows the bucket."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

import errors
import items
from items import Item

FOLDER = "info"
MAX_KEY_BYTES = 1024
BUSY = {"InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"}
MISSING = {"404", "NoSuchKey"}
CHANGED = {"412", "ConditionalRequestConflict", "PreconditionFailed"}
READERS = 10  # objects of a page that are read at once; as many connections as the client keeps


@cache
def client() -> Any:
    """The client, built at first use.

    Its three attempts end before the function's time does, so that the caller gets an answer.
    """
    timeouts = {"connect_timeout": 1, "read_timeout": 4}
    retries = {"mode": "standard", "total_max_attempts": 3}
    return boto3.client("s3", config=Config(retries=retries, **timeouts))


def list_page(scope: Mapping[str, str], limit: int, after: str) -> tuple[list[Item], str]:
    """Up to `limit` items after the id `after`, and where to go on ("" at the end)."""
    start = {"StartAfter": _key(scope, after)} if after else {}
    with _store_errors(), ThreadPoolExecutor(READERS) as readers:
        answer = client().list_objects_v2(
            Bucket=_bucket(),
            Prefix=_key(scope, ""),
            MaxKeys=limit,
            **start,
        )
        keys = [entry["Key"] for entry in answer.get("Contents", [])]
        found = [item for item in readers.map(_listed, keys) if item]
    return found, _id_in(keys[-1]) if answer["IsTruncated"] else ""


def read(scope: Mapping[str, str], item_id: str) -> Item:
    """The item as it was last written, even a moment ago."""
    with _store_errors():
        return _get(_key(scope, item_id))


def _get(key: str) -> Item:
    answer = client().get_object(Bucket=_bucket(), Key=key)
    item: Item = json.loads(answer["Body"].read(), parse_float=Decimal)
    return item | {items.ETAG: _plain(answer)}


def _plain(answer: Mapping[str, Any]) -> str:
    """The object's own etag, which S3 makes anew with every write of other content."""
    return str(answer["ETag"]).strip('"')


def _listed(key: str) -> Item | None:
    """An item of a page; None if it was deleted since the page was put together."""
    try:
        return _get(key)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise


def _id_in(key: str) -> str:
    return unquote(key.rpartition("/")[2])


def _key(scope: Mapping[str, str], item_id: str) -> str:
    """The folder, whose item it is, and its id: quoted, so that none of them reaches elsewhere."""
    parts = [*(scope[name] for name in items.SCOPE), item_id]
    key = "/".join([FOLDER, *(quote(part, safe="") for part in parts)])
    if len(key) > MAX_KEY_BYTES:
        raise errors.InvalidRequest("The path is too long")
    return key


def _bucket() -> str:
    return os.environ["CONTENT_BUCKET_NAME"]


class _Changed(Exception):
    """The object that a write was about is there, or is another, against its condition."""


@contextmanager
def _store_errors() -> Iterator[None]:
    """Tell what the caller may try again from what is wrong with us."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in MISSING:
            raise errors.NotFound("There is no such info") from None
        if code in CHANGED:
            raise _Changed from None
        if code in BUSY:
            raise errors.Unavailable from error
        raise
    except (ConnectionError, HTTPClientError) as error:
        raise errors.Unavailable from error
