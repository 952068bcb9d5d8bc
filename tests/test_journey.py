"""What tests/aws does in an account, done here: commands and scripts are real, the AWS CLI and the API stand-ins."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from deploying import Project
from project_documents import BARE
from support.issuer import SECRET, Issuer, issuing
from support.journey import BLUEPRINTS, Journey
from support.rendered import PATTERNS
from test_deploy_releases import CANARY, Live

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}


class Staged(Live):
    """A model of the account whose project is the one that the journey has rendered, its API the issuer's."""

    def __init__(self, project: Project, issuer: Issuer) -> None:
        super().__init__(project, CANARY)
        self.issuer = issuer
        for path in project.folder.iterdir():  # what was there before the journey began
            if path.is_file():
                path.unlink()
        answers = project.aws.answers
        answers("resourcegroupstaggingapi get-resources", {"ResourceTagMappingList": []})
        answers("cognito-idp describe-user-pool-client", {"UserPoolClient": {"ClientSecret": SECRET}})
        answers("s3 rm", "")

    def package(self, words: list[str]) -> str:
        self.blueprint = (self.project.folder / "app.yaml").read_text()
        return super().package(words)

    def describe(self, words: list[str]) -> Any:
        shown = super().describe(words)
        if not isinstance(shown, Exception):
            more = {"ApiUrl": self.issuer.url, "ClientConfig": "{}"}
            if "machine_clients" in self.blueprint:
                more |= {"UserPoolId": "us-east-1_x", "TestsMachineClientId": "machine"}
            shown["Stacks"][0]["Outputs"] += [{"OutputKey": k, "OutputValue": v} for k, v in more.items()]
        return shown


@pytest.fixture
def staged(make_project: Callable[[dict[str, Any]], Project]) -> Any:
    project = make_project(BARE)
    with issuing() as issuer:
        account = Staged(project, issuer)

        def journey(pattern: str) -> Journey:
            path = f"{project.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
            environment = {**KEYS, "PATH": path, "HOME": str(project.folder)}
            return Journey(project.folder, pattern, "box-office", "us-east-1", environment, issuer.url, lambda _: None)

        yield account, journey


def steps(account: Staged) -> list[str]:
    words = ("execute-change-set", "create-change-set", "delete-stack", "get-resources", "--canary", "--promote")
    return [word for call in account.project.aws.calls for word in words if word in call.split()]


QUICK = "mobile-backend"  # its calls load no SDK
JOURNEYS = [
    pytest.param(path.stem, marks=[] if path.stem == QUICK else pytest.mark.slow)
    for path in sorted(BLUEPRINTS.glob("*.yaml"))
]


@pytest.mark.parametrize("pattern", JOURNEYS)
def test_an_application_lives_and_goes(staged: Any, pattern: str) -> None:
    account, journey = staged
    journey(pattern).travel()
    assert pattern in PATTERNS
    assert steps(account)[:4] == ["--canary", "execute-change-set", "--canary", "execute-change-set"]
    assert steps(account)[-3:] == ["execute-change-set", "delete-stack", "get-resources"]
    assert account.project.calls("rm") == ["s3 rm --only-show-errors --recursive s3://artifacts-1/box-office/"]


def test_what_was_made_is_deleted_after_a_failure(staged: Any) -> None:
    account, journey = staged
    account.project.aws.answers("cloudformation execute-change-set", Exception("An error occurred: no such thing"))
    with pytest.raises(AssertionError, match="no such thing"):
        journey("api-only").travel()
    assert "delete-stack" in steps(account)


def test_what_is_left_behind_is_told(staged: Any) -> None:
    account, journey = staged
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/left"
    found = {"ResourceTagMappingList": [{"ResourceARN": arn}]}
    account.project.aws.answers("resourcegroupstaggingapi get-resources", found)
    assert journey("api-only").leftovers() == [arn]
    account.project.aws.answers("resourcegroupstaggingapi get-resources", found, {"ResourceTagMappingList": []})
    assert journey("api-only").leftovers() == []
