"""What a rotation does with a user of ElastiCache."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3


@cache
def client() -> Any:
    return boto3.client("elasticache")


def let_in(user: str, passwords: list[str]) -> None:
    """Let a user sign in with each of these passwords, from a minute or so on."""
    client().modify_user(UserId=user, Passwords=passwords)


def status(user: str) -> str:
    """`active` once the last change of a user is in force."""
    (found,) = client().describe_users(UserId=user)["Users"]
    return str(found["Status"])
