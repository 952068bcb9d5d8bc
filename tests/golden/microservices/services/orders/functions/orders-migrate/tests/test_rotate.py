"""A rotation ends with a new password in the secret and in the database, however often a step runs."""

from __future__ import annotations

import pytest
from conftest import Server

import secret_values
from handler import lambda_handler
from rotate import RotationError

STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
TOKEN = "11111111-2222-3333-4444-555555555555"


def password_of(arn: str) -> str:
    return str(secret_values.read(arn)["password"])


def run(step: str, arn: str, token: str = TOKEN) -> None:
    lambda_handler({"Step": step, "SecretId": arn, "ClientRequestToken": token}, None)


@pytest.fixture
def begun(secrets: dict[str, str]) -> str:
    """The application's secret as the first step finds it: with a pending version without a value.

    moto does not call a function, it makes the new version the current one at once: put that right.
    """
    client, arn = secret_values.client(), secrets["app"]
    (first,) = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    client.rotate_secret(SecretId=arn, ClientRequestToken=TOKEN)
    client.update_secret_version_stage(
        SecretId=arn,
        VersionStage="AWSCURRENT",
        MoveToVersionId=first,
        RemoveFromVersionId=TOKEN,
    )
    client.update_secret_version_stage(
        SecretId=arn,
        VersionStage="AWSPENDING",
        MoveToVersionId=TOKEN,
    )
    return arn


@pytest.mark.parametrize("times", [1, 2])
def test_the_four_steps_replace_the_password(server: Server, begun: str, times: int) -> None:
    old = password_of(begun)
    for step in STEPS:
        for _ in range(times):
            run(step, begun)
    new = password_of(begun)
    assert new != old
    assert new.isalnum()
    assert len(new) == 40
    assert set(server.users) == {(new,)}
    assert server.signed_in[-1] == ("app", new)


def test_the_old_password_stands_until_the_last_step(server: Server, begun: str) -> None:
    for step in STEPS[:-1]:
        run(step, begun)
    assert password_of(begun) == "first-app"


def test_setting_rotation_up_passes_before_there_is_a_user(server: Server, begun: str) -> None:
    run("createSecret", begun)
    run("testSecret", begun)
    assert server.signed_in == [secret_values.master()]


def test_other_secrets_are_refused(server: Server, secrets: dict[str, str]) -> None:
    with pytest.raises(RotationError, match="no other"):
        run("setSecret", secrets["root"])


def test_a_version_that_is_not_pending_is_refused(server: Server, begun: str) -> None:
    with pytest.raises(RotationError, match="waits for its rotation"):
        run("setSecret", begun, "66666666-7777-8888-9999-000000000000")


def test_unknown_steps_are_refused(server: Server, begun: str) -> None:
    with pytest.raises(RotationError, match="no step"):
        run("dropSecret", begun)
