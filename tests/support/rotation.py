"""Begins a rotation in moto as Secrets Manager does."""

from __future__ import annotations

from typing import Any

import boto3

from support.sql import Application

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def rotated(app: Application) -> None:
    """Change the application's password in all steps of a rotation."""
    arn, token = begin_rotation(boto3.client("secretsmanager"), "app")
    for step in STEPS:
        for _ in range(2):  # Secrets Manager may call a step again
            app.migrations.lambda_handler({"Step": step, "SecretId": arn, "ClientRequestToken": token}, None)


def begin_rotation(client: Any, secret: str) -> tuple[str, str]:
    """Leave the secret as Secrets Manager does before the first step: a pending version, no value."""
    described = client.describe_secret(SecretId=secret)
    (current,) = (v for v, stages in described["VersionIdsToStages"].items() if "AWSCURRENT" in stages)
    token: str = client.rotate_secret(SecretId=secret)["VersionId"]
    move = {"SecretId": secret, "VersionStage": "AWSCURRENT"}
    client.update_secret_version_stage(**move, MoveToVersionId=current, RemoveFromVersionId=token)
    client.update_secret_version_stage(SecretId=secret, VersionStage="AWSPENDING", MoveToVersionId=token)
    return described["ARN"], token
