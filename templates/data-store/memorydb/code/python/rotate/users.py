"""What a rotation does with a user of MemoryDB."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3


@cache
def client() -> Any:
    return boto3.client("memorydb")


def let_in(user: str, passwords: list[str]) -> None:
    """Let a user sign in with each of these passwords, from a minute or so on."""
    client().update_user(
        UserName=user, AuthenticationMode={"Type": "password", "Passwords": passwords}
    )


def status(user: str) -> str:
    """`active` once the last change of a user is in force."""
    (found,) = client().describe_users(UserName=user)["Users"]
    return str(found["Status"])
