"""The database's secrets: user names and passwords, read when they are needed and never kept."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config


@cache
def client() -> Any:
    """The Secrets Manager client, built at first use."""
    timeouts = {"connect_timeout": 2, "read_timeout": 5}
    retries = {"mode": "standard", "total_max_attempts": 3}
    return boto3.client("secretsmanager", config=Config(retries=retries, **timeouts))


def master() -> tuple[str, str]:
    """Name and password of the master user, which RDS manages and rotates itself."""
    secret = read(os.environ["ORDERS_MASTER_SECRET_ARN"])
    return secret["username"], secret["password"]


def application_password() -> str:
    """The password of the application's user."""
    return str(read(os.environ["ORDERS_SECRET_ARN"])["password"])


def read(arn: str, stage: str = "AWSCURRENT", **version: str) -> dict[str, Any]:
    """The JSON object in a secret: in its current version, or in the one that is named."""
    answer = client().get_secret_value(SecretId=arn, VersionStage=stage, **version)
    secret: dict[str, Any] = json.loads(answer["SecretString"])
    return secret
