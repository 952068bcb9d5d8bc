"""Functions on InfluxDB: a token of their own for one bucket, which may be changed under them at any time."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import boto3
import pytest
from botocore.discovery import EndpointDiscoveryRefreshFailed
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws
from moto.core.exceptions import JsonRESTError
from moto.timestreamwrite.models import TimestreamTable

from support.contract.application import deployed, project_with, write
from support.contract.stores import STORES, Place
from support.emitted import emitted
from support.engines.influxdb import TOKENS
from support.engines.liveanalytics import rejected
from support.handlers import load, pytest_in
from support.rotation import STEPS, begin_rotation
from support.tidy import untidy
from tierforge.projects import Project

ANN = {"owner": "ann"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    folder, project = tmp_path_factory.mktemp("timestream"), project_with(STORES["timestream"])
    write(project, folder)
    return project, folder


@pytest.fixture
def repository(
    made: tuple[Project, Path], request: pytest.FixtureRequest, aws: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    project, folder = made
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        boto3.setup_default_session()
        place = Place(project, folder, request.getfixturevalue, set())
        for name, value in stack.enter_context(STORES["timestream"].engine(place)).items():
            monkeypatch.setenv(f"KEPT_{name}", value)
        (found,) = load(folder / "functions" / "notes", "repository")
        yield found


def test_a_token_that_was_changed_meanwhile_is_read_again(
    repository: ModuleType, made: tuple[Project, Path], influxdb: object
) -> None:
    first = repository.create(ANN, repository.items.new_id(), {"note": "first"})
    tokens = set(TOKENS)
    (handler,) = load(made[1] / "functions" / "kept-token", "handler")
    with pytest.MonkeyPatch.context() as environment:
        client = boto3.client("secretsmanager")
        environment.setenv("KEPT_ADMIN_SECRET_ARN", client.describe_secret(SecretId="admin")["ARN"])
        assert handler.lambda_handler({}, None) == {"removed": 1}
    assert len(TOKENS) == 1
    assert not tokens & set(TOKENS)
    assert repository.read(ANN, first["id"]) == first


def test_a_rotation_leaves_the_new_token_alone(repository: ModuleType, made: tuple[Project, Path]) -> None:
    first = repository.create(ANN, repository.items.new_id(), {"note": "first"})
    tokens, client = set(TOKENS), boto3.client("secretsmanager")
    (handler,) = load(made[1] / "functions" / "kept-token", "handler")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KEPT_ADMIN_SECRET_ARN", client.describe_secret(SecretId="admin")["ARN"])
        arn, version = begin_rotation(client, "token")
        for step in STEPS * 2:
            handler.lambda_handler({"Step": step, "SecretId": arn, "ClientRequestToken": version}, None)
    assert len(TOKENS) == 1
    assert not tokens & set(TOKENS)
    assert repository.read(ANN, first["id"]) == first


def test_a_deploy_in_the_midst_of_a_rotation_lets_it_end(repository: ModuleType, made: tuple[Project, Path]) -> None:
    client = boto3.client("secretsmanager")
    (handler,) = load(made[1] / "functions" / "kept-token", "handler")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KEPT_ADMIN_SECRET_ARN", client.describe_secret(SecretId="admin")["ARN"])
        arn, version = begin_rotation(client, "token")
        for step in STEPS:
            handler.lambda_handler({"Step": step, "SecretId": arn, "ClientRequestToken": version}, None)
            if step == STEPS[0]:
                handler.lambda_handler({}, None)
                # moto takes the stage away, which Secrets Manager leaves where it is
                client.update_secret_version_stage(SecretId=arn, VersionStage="AWSPENDING", MoveToVersionId=version)
    assert len(TOKENS) == 1


def test_the_newest_come_first(repository: ModuleType) -> None:
    bob = {"owner": "bob"}
    ids = [repository.create(bob, repository.items.new_id(), {"n": number})["id"] for number in range(5)]
    page, position = repository.list_page(bob, 3, "")
    rest, end = repository.list_page(bob, 3, position)
    assert [item["id"] for item in page + rest] == sorted(ids, reverse=True)
    assert end == ""


def test_what_is_no_position_is_refused(repository: ModuleType) -> None:
    for forged in ("x", "0' OR 1=1", "f" * 32):
        with pytest.raises(repository.errors.InvalidRequest):
            repository.list_page(ANN, 3, forged)


def test_functions_in_nodejs_do_the_same(aws: None, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with deployed(STORES["timestream-nodejs"], tmp_path, request.getfixturevalue) as app:
        ann = app.somebody()
        made = [app.made(ann, n=number) for number in range(5)]
        (handler,) = load(tmp_path / "functions" / "kept-token", "handler")
        assert handler.lambda_handler({}, None)["removed"]
        first = app.listed(ann, limit="3").body
        rest = app.listed(ann, limit="3", nextToken=first["nextToken"]).body
        assert first["items"] + rest["items"] == sorted(made, key=lambda item: str(item["id"]), reverse=True)
        assert "nextToken" not in rest
        for forged in ("x", "0' OR 1=1", "f" * 32):
            token = urlsafe_b64encode(json.dumps({"after": forged}).encode()).decode().rstrip("=")
            assert app.listed(ann, nextToken=token).status == 400
        for elsewhere in ("https://localhost:1", os.environ["KEPT_URL"].replace("localhost", "127.0.0.1")):
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("KEPT_URL", elsewhere)
                assert app.listed(ann).status == 503


@pytest.mark.parametrize("name", ["timestream-liveanalytics", "timestream-liveanalytics-nodejs"])
def test_live_analytics(aws: None, tmp_path: Path, request: pytest.FixtureRequest, name: str) -> None:
    """A table without columns, pages, and what a write is refused for."""
    with deployed(STORES[name], tmp_path, request.getfixturevalue) as app:
        ann = app.somebody()
        assert app.listed(ann).body == {"items": []}
        assert app(ann, "GET", "0" * 32).status == 404
        made = [app.made(ann, n=number) for number in range(5)]
        first = app.listed(ann, limit="3").body
        rest = app.listed(ann, limit="3", nextToken=first["nextToken"]).body
        assert first["items"] + rest["items"] == sorted(made, key=lambda item: str(item["id"]), reverse=True)
        forged = urlsafe_b64encode(b'{"after": "0\' OR 1=1"}').decode().rstrip("=")
        assert app.listed(ann, nextToken=forged).status == 400
        assert app(ann, "POST", body={"note": "x" * 2000}).status == 400
        busy = JsonRESTError("InternalServerException", "try again")
        denied = JsonRESTError("AccessDeniedException", "no")
        lost = [EndpointConnectionError(endpoint_url=""), EndpointDiscoveryRefreshFailed()] * ("nodejs" not in name)
        for refused, status in ((rejected(0), 503), (busy, 503), (denied, 500), *((error, 503) for error in lost)):
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(TimestreamTable, "write_records", Mock(side_effect=refused))
                assert app(ann, "POST", body={"note": "x"}).status == status
        assert len(app.listed(ann).body["items"]) == 5


@pytest.mark.slow
def test_the_code_for_live_analytics_is_tidy_and_its_own_tests_pass_offline(tmp_path: Path) -> None:
    folders = list((emitted("live-measurements", tmp_path) / "functions").iterdir())
    assert untidy(*folders) == ""
    for folder in folders:
        done = pytest_in(folder)
        assert done.returncode == 0, done.stdout


def test_its_code_is_tidy_and_its_own_tests_pass_offline(made: tuple[Project, Path]) -> None:
    folders = list((made[1] / "functions").iterdir())
    assert untidy(*folders) == ""
    for folder in folders:
        done = pytest_in(folder)
        assert done.returncode == 0, done.stdout
