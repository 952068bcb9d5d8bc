"""How the function signs in to the database: with the application's own secret, read and kept."""

from __future__ import annotations

import json
import os
import time
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import errors

KEPT_SECONDS = 300

_kept: tuple[float, str, str] | None = None


@cache
def _client() -> Any:
    timeouts = {"connect_timeout": 1, "read_timeout": 2}
    retries = {"mode": "standard", "total_max_attempts": 3}
    return boto3.client("secretsmanager", config=Config(retries=retries, **timeouts))


def current() -> tuple[str, str]:
    """User and password for a new connection, at most five minutes old."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEPT_SECONDS:
        secret = _read()
        _kept = (time.monotonic(), secret["username"], secret["password"])
    return _kept[1], _kept[2]


def forget() -> None:
    """Read the secret anew at the next connection: the password was rotated."""
    global _kept
    _kept = None


def _read() -> dict[str, str]:
    try:
        arn = os.environ["INFO_SECRET_ARN"]
        answer = _client().get_secret_value(SecretId=arn, VersionStage="AWSCURRENT")
    except (BotoCoreError, ClientError) as error:
        raise errors.Unavailable from error
    secret: dict[str, str] = json.loads(answer["SecretString"])
    return secret
