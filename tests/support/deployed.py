"""The mobile backend in an emulated AWS, and its functions as Lambda runs them there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import enable_iam_authentication

from support.emulator import REGION, Deployment, assumed, deploy
from support.handlers import load
from support.rendered import rendered
from support.requests import Answer, call, event
from tierforge.model import Function
from tierforge.project.write import write

EXAMPLE = "mobile-backend"


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the example's project was written to."""
    root = tmp_path_factory.mktemp("project")
    write(root, rendered(EXAMPLE).files, {})
    return root


@pytest.fixture(scope="module")
def stack() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.delenv("AWS_PROFILE", raising=False)
        with mock_aws():
            yield deploy(rendered(EXAMPLE).template.data, "box-office")


@dataclass
class Running:
    """A deployed function, loaded as Lambda loads it, under its own environment and role."""

    entry: Callable[[dict[str, Any], Any], Any]
    module: ModuleType
    environment: Mapping[str, str]
    calls: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, method: str, route: str, path: Mapping[str, str] | None = None, **more: Any) -> Answer:
        with enable_iam_authentication():
            return call(self.module, event(method, route, path, **more))

    def invoke(self, payload: dict[str, Any]) -> Any:
        with enable_iam_authentication():
            return self.entry(payload, None)


def _arn(parameters: Mapping[str, Any]) -> str:
    """The resource that a call is about."""
    if "TableName" in parameters:
        return f"arn:aws:dynamodb:us-east-1:123456789012:table/{parameters['TableName']}"
    return str(parameters["SecretId"])


@pytest.fixture
def start(
    stack: Deployment,
    written: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Callable[..., Running]:
    """Load a function of the project as it is packaged, with the environment and the role that the stack gives it."""
    functions = {function.name: function for function in rendered(EXAMPLE).stack.functions}

    def started(name: str, *, role_of: str = "", **environment: str) -> Running:
        function = functions[name]
        logical_id = f"{function.id}Function"
        variables = {**stack.environment(logical_id), **environment}
        for key, value in variables.items():
            monkeypatch.setenv(key, value)
        session = assumed(stack, stack.role(role_of or logical_id))
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        module_name, entry = stack.properties(logical_id)["Handler"].split(".")
        folder = packaged(function, written, tmp_path / name)
        stores = ["database"] if (folder / "database.py").is_file() else []
        module, *databases = load(folder, module_name, *stores)
        for database in databases:
            request.addfinalizer(database.close)
        running = Running(getattr(module, entry), module, variables)
        session.events.register(
            "provide-client-params.*.*",
            lambda params, model, **_: running.calls.add(
                (f"{model.service_model.signing_name}:{model.name}", _arn(params))
            ),
        )
        return running

    return started


def packaged(function: Function, root: Path, folder: Path) -> Path:
    """The function's files as they lie side by side in its package."""
    shutil.copytree(root / function.folder, folder)
    for origin, place in function.includes:
        shutil.copytree(root / origin, folder / place)
    return folder
