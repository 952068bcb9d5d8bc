"""Tokens for one bucket: made in InfluxDB, kept in the application's secret, and removed when others took their place."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

import influx


class RotationError(Exception):
    """A rotation that was not asked for in the way Secrets Manager does."""


@cache
def secrets() -> Any:
    """The Secrets Manager client, built at first use."""
    retries = {"mode": "standard", "total_max_attempts": 3}
    config = Config(connect_timeout=2, read_timeout=5, retries=retries)
    return boto3.client("secretsmanager", config=config)


def renew() -> int:
    """Make a token and keep it as the current one; how many it takes the place of."""
    with _session() as session:
        waiting, made = _waiting(), session.new_token()
        secrets().put_secret_value(SecretId=_own(), SecretString=_value(made))
        return session.remove_others(made.id, *waiting)


def rotate(step: str, arn: str, version: str) -> None:
    """Do one step of a rotation; every step may be called again."""
    if arn != _own():
        raise RotationError("this function rotates the application's secret and no other")
    stages = secrets().describe_secret(SecretId=arn)["VersionIdsToStages"]
    if "AWSCURRENT" in stages.get(version, []):
        return  # this rotation is complete
    if "AWSPENDING" not in stages.get(version, []):
        raise RotationError("the version is not one that waits for its rotation")
    if step == "createSecret":
        _create(arn, version)
    elif step == "testSecret":
        _test(_read(arn, version))
    elif step == "finishSecret":
        current = next(known for known, of in stages.items() if "AWSCURRENT" in of)
        _finish(arn, version, current)
    elif step != "setSecret":  # InfluxDB knows the token from the beginning
        raise RotationError(f"there is no step {step!r} in a rotation")


def _waiting() -> list[str]:
    """The id of a token that a rotation has made and not yet put into force: without it, that could never end."""
    stages = secrets().describe_secret(SecretId=_own())["VersionIdsToStages"]
    found: list[str] = []
    for version in (version for version, of in stages.items() if of == ["AWSPENDING"]):
        with suppress(secrets().exceptions.ResourceNotFoundException):  # it has not made one yet
            found.append(_read(_own(), version).get("id", ""))
    return found


def _create(arn: str, version: str) -> None:
    try:
        _read(arn, version)
    except secrets().exceptions.ResourceNotFoundException:
        with _session() as session:
            value = _value(session.new_token())
        secrets().put_secret_value(
            SecretId=arn,
            ClientRequestToken=version,
            SecretString=value,
            VersionStages=["AWSPENDING"],
        )


def _test(pending: dict[str, str]) -> None:
    """Read with the new token. Where rotation is set up there is none yet, and nothing to try."""
    if "id" in pending and not influx.works(pending["token"]):
        raise RotationError("InfluxDB does not take the new token")


def _finish(arn: str, version: str, current: str) -> None:
    pending = _read(arn, version)
    secrets().update_secret_version_stage(
        SecretId=arn,
        VersionStage="AWSCURRENT",
        MoveToVersionId=version,
        RemoveFromVersionId=current,
    )
    with _session() as session:
        session.remove_others(pending["id"])


@contextmanager
def _session() -> Iterator[influx.Session]:
    said = secrets().get_secret_value(SecretId=os.environ[f"{influx.PREFIX}_ADMIN_SECRET_ARN"])
    admin = json.loads(said["SecretString"])
    with influx.signed_in(admin["username"], admin["password"]) as session:
        yield session


def _read(arn: str, version: str) -> dict[str, str]:
    said = secrets().get_secret_value(SecretId=arn, VersionId=version, VersionStage="AWSPENDING")
    return dict(json.loads(said["SecretString"]))


def _value(made: influx.Token) -> str:
    return json.dumps({"username": influx.DESCRIPTION, "id": made.id, "token": made.token})


def _own() -> str:
    return os.environ[f"{influx.PREFIX}_SECRET_ARN"]
