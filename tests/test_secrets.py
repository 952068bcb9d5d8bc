"""Secrets that functions read: in an emulated AWS, with the role and the variables that the template gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from moto import mock_aws
from moto.core import enable_iam_authentication

from support.emitted import few
from support.emulator import REGION, Deployment, assumed, deploy
from support.handlers import load, pytest_in
from support.rendered import rendered
from support.tidy import untidy
from tierforge.model import Function
from tierforge.project.write import write

PROJECT = rendered("secrets")
Loader = Callable[[str, str], ModuleType]
READERS = [function for function in PROJECT.stack.functions if function.settings["secrets"]]


def named(function: Function) -> set[str]:
    """The secrets that the blueprint lets a function read."""
    return {said if isinstance(said, str) else said["name"] for said in function.settings["secrets"]}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    write(folder, PROJECT.files, {})
    return folder


@pytest.fixture(scope="module")
def stack() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with mock_aws():
            yield deploy(PROJECT.template.data, "box-office")


@pytest.fixture
def secret(root: Path, stack: Deployment, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Loads secret.py of a function, under the role and with the variables of the deployed one."""

    def loaded(function: str, logical_id: str) -> ModuleType:
        for name, value in stack.environment(logical_id).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", assumed(stack, stack.role(logical_id)))
        return load(root / "functions" / function, "secret")[0]

    return loaded


def test_a_secret_is_read_under_the_functions_role_and_kept(secret: Loader, stack: Deployment) -> None:
    manager = stack.client("secretsmanager")
    manager.create_secret(Name="box-office/stripe", SecretString="sk_live_1")
    helper = secret("tickets", "TicketsFunction")

    def read() -> str:
        with enable_iam_authentication():
            return str(helper.text("box-office/stripe"))

    assert read() == "sk_live_1"
    manager.put_secret_value(SecretId="box-office/stripe", SecretString="sk_live_2")
    assert read() == "sk_live_1"
    helper.forget("box-office/stripe")
    assert read() == "sk_live_2"


def test_a_secret_that_nobody_made_yet_is_unavailable(secret: Loader) -> None:
    helper = secret("printer-worker", "PrinterWorkerFunction")
    with enable_iam_authentication(), pytest.raises(helper.errors.Unavailable) as raised:
        helper.text("box-office/printer")
    assert "ResourceNotFoundException" in str(raised.value.__cause__)


def test_a_role_reads_the_secrets_of_its_function_alone(stack: Deployment) -> None:
    others = {"box-office/stripe-test", "box-office"}
    names = others | {name for function in READERS for name in named(function)}
    arns = {name: f"arn:aws:secretsmanager:{REGION}:123456789012:secret:{name}-AbCdEf" for name in names}
    for function in READERS:
        allowed = [on for action, on in stack.grants(f"{function.id}Function") if action.endswith(":GetSecretValue")]
        readable = {name for name, arn in arns.items() for pattern in allowed if fnmatchcase(arn, pattern)}
        assert readable == named(function)


@pytest.mark.parametrize("function", READERS, ids=[function.name for function in READERS])
def test_a_function_is_told_the_names_of_its_secrets(function: Function, stack: Deployment) -> None:
    told = {v for k, v in stack.environment(f"{function.id}Function").items() if k.endswith("_SECRET_NAME")}
    assert told == named(function)


@pytest.mark.parametrize("name", few([function.name for function in READERS], READERS[0].name))
def test_its_own_tests_pass_offline(root: Path, name: str) -> None:
    done = pytest_in(root / "functions" / name, "-k", "secret")
    assert done.returncode == 0, done.stdout


def test_the_code_is_tidy(root: Path) -> None:
    assert untidy(*(root / function.folder for function in READERS)) == ""
