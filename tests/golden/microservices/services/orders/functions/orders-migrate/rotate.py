"""Rotates the password of the application's user, in the four steps that Secrets Manager calls.

Every step may be called again. Between the second and the last the database knows the new password
while the secret still shows the old one: connections that are open go on, and a function that opens
one in these seconds answers 503 and is asked again.
"""

from __future__ import annotations

import json
import os
import secrets
import string
from collections.abc import Mapping

import engine
import secret_values

LETTERS_AND_DIGITS = string.ascii_letters + string.digits
PASSWORD_LENGTH = 40


class RotationError(Exception):
    """A rotation that was not asked for in the way Secrets Manager does."""


def rotate(event: Mapping[str, str]) -> None:
    """Do one step of a rotation: `Step`, `SecretId` and `ClientRequestToken` of the event."""
    arn, token = event["SecretId"], event["ClientRequestToken"]
    if arn != os.environ["ORDERS_SECRET_ARN"]:
        raise RotationError("this function rotates the application's secret and no other")
    if event["Step"] not in STEPS:
        raise RotationError(f"there is no step {event['Step']!r} in a rotation")
    versions = secret_values.client().describe_secret(SecretId=arn)["VersionIdsToStages"]
    stages = versions.get(token, [])
    if "AWSCURRENT" in stages:
        return  # this rotation is complete
    if "AWSPENDING" not in stages:
        raise RotationError("the version is not one that waits for its rotation")
    STEPS[event["Step"]](arn, token)


def create_secret(arn: str, token: str) -> None:
    """Put a new password into the pending version, unless an earlier call did."""
    client = secret_values.client()
    try:
        secret_values.read(arn, "AWSPENDING", VersionId=token)
    except client.exceptions.ResourceNotFoundException:
        password = "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(PASSWORD_LENGTH))
        secret = {**secret_values.read(arn), "password": password}
        client.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps(secret),
            VersionStages=["AWSPENDING"],
        )


def set_secret(arn: str, token: str) -> None:
    """Give the application's user the new password; a first rotation may come before the user does."""
    with engine.connect(*secret_values.master()) as connection:
        engine.put_user(connection, _pending_password(arn, token))


def test_secret(arn: str, token: str) -> None:
    """Sign in with the new password.

    Secrets Manager calls this step alone when rotation is set up, which is before the first migration:
    then there is nobody to sign in as.
    """
    with engine.connect(*secret_values.master()) as connection:
        if not engine.has_user(connection):
            return
    engine.sign_in(_pending_password(arn, token))


def finish_secret(arn: str, token: str) -> None:
    """Make the pending version the current one."""
    client = secret_values.client()
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    client.update_secret_version_stage(
        SecretId=arn,
        VersionStage="AWSCURRENT",
        MoveToVersionId=token,
        RemoveFromVersionId=current,
    )


def _pending_password(arn: str, token: str) -> str:
    return str(secret_values.read(arn, "AWSPENDING", VersionId=token)["password"])


STEPS = {
    "createSecret": create_secret,
    "setSecret": set_secret,
    "testSecret": test_secret,
    "finishSecret": finish_secret,
}
