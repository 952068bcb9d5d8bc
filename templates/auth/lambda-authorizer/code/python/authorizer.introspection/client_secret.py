"""The secret that this function asks the issuer with: read from Secrets Manager when first needed."""

from __future__ import annotations

import json
import os
import time
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

NAME = os.environ["INTROSPECTION_SECRET_NAME"]
# The key of the JSON object that it is, "" if it is no object.
KEY = os.environ["INTROSPECTION_SECRET_KEY"]
PAUSE_SECONDS = 60

_known: dict[str, Any] = {"value": None, "read": float("-inf")}


@cache
def _client() -> Any:
    config = Config(connect_timeout=2, read_timeout=3, retries={"max_attempts": 1})
    return boto3.client("secretsmanager", config=config)


def value() -> str:
    """The secret."""
    if _known["value"] is None:
        text = _client().get_secret_value(SecretId=NAME)["SecretString"]
        _known.update(value=str(json.loads(text)[KEY]) if KEY else text, read=time.time())
    return str(_known["value"])


def forget() -> bool:
    """Read it anew next time, as it may have been rotated; false if it was read just now."""
    old = time.time() - _known["read"] > PAUSE_SECONDS
    if old:
        _known["value"] = None
    return old
