"""A project with its deploy.sh, and stand-ins for the programs that it calls."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aws_stub import AwsStub
from project_documents import render

ARN = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/awscli-cloudformation-package-deploy-1/0a-1b"
CREATED = f"Changeset created successfully. Run the following command to review changes:\n{ARN}\n"
KEY = "box-office/tickets/0123456789abcdef0123456789abcdef.zip"
MISSING = Exception("An error occurred (ValidationError): Stack with id x does not exist")


def stack(status: str, **outputs: str) -> dict[str, Any]:
    shown = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    return {"Stacks": [{"StackStatus": status, "Outputs": shown}]}


def event(number: int, name: str, status: str, reason: str | None = None, token: str = "t") -> dict[str, Any]:  # noqa: S107
    return {
        "EventId": f"{name}-{number}",
        "LogicalResourceId": name,
        "PhysicalResourceId": f"id-of-{name}",
        "ResourceType": "AWS::Some::Thing",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "ClientRequestToken": token,
    }


class Project:
    """A rendered project in `folder`, and the programs that deploy.sh finds."""

    def __init__(self, folder: Path, context: dict[str, Any]) -> None:
        self.folder = folder
        self.aws = AwsStub()
        for path in ("bin", "functions/info"):
            (folder / path).mkdir(parents=True)
        for name in ("deploy.sh", "bootstrap.yaml"):
            (folder / name).write_text(render(f"{name}.j2", context))
        self.program("aws", self.aws.program)
        self.program("sleep", ":")
        self.program("curl", 'while [ "$1" != --output ]; do shift; done; echo "$3" >"$2"')
        zip_path = KEY.replace("box-office", "build")
        self.program(
            "tierforge",
            f"aws tierforge $1; echo {KEY} >packaged.yaml",
            f"mkdir -p build/tickets build/gone; touch {zip_path} build/gone/earlier.zip",
        )
        answers = self.aws.answers
        answers("tierforge", {})
        answers("sts get-caller-identity", {"Account": "111122223333"})
        answers("configure get region", Exception("not set"))
        answers("describe-stacks tierforge-bootstrap", stack("CREATE_COMPLETE", ArtifactBucketName="artifacts-1"))
        answers("apigateway get-account", {})
        answers("ec2 describe-managed-prefix-lists", {"PrefixLists": [{"PrefixListId": "pl-6fa54006"}]})
        answers("s3api head-object", Exception("404"))
        answers("s3 cp", {})
        answers("cloudformation deploy box-office", CREATED)
        answers("cloudformation deploy tierforge-bootstrap", "Successfully created/updated stack")
        answers(
            "cloudformation describe-change-set",
            {
                "Changes": [
                    {
                        "ResourceChange": {
                            "Action": "Add",
                            "ResourceType": "AWS::DynamoDB::Table",
                            "LogicalResourceId": "T",
                        }
                    },
                    {
                        "ResourceChange": {
                            "Action": "Modify",
                            "Replacement": "True",
                            "ResourceType": "AWS::Cognito::UserPool",
                            "LogicalResourceId": "Pool",
                        }
                    },
                ]
            },
        )
        for call in ("execute-change-set", "delete-change-set", "delete-stack", "wait"):
            answers(f"cloudformation {call}", {})
        self.outputs = {
            "TicketsFunctionName": "tickets-fn",
            "InfoFunctionName": "info-fn",
            "InfoMigrateFunctionName": "migrate-fn",
            "ClientConfig": '{"apiUrl": "https://x", "signIn": null}',
        }
        self.statuses(None, "CREATE_IN_PROGRESS", "CREATE_COMPLETE")
        answers("lambda invoke", {"Payload": {"applied": 1}})
        answers("lambda list-aliases", {"Aliases": []})
        answers("lambda list-versions-by-function", {"Versions": [{"Version": "$LATEST"}, {"Version": "1"}]})
        answers("lambda delete-function", {})

    def program(self, name: str, *lines: str) -> None:
        path = self.folder / "bin" / name
        path.write_text("\n".join(["#!/usr/bin/env bash", *lines, ""]))
        path.chmod(0o755)

    def statuses(self, *statuses: str | None) -> None:
        """What the application's stack says, in turn; None is no stack."""
        self.aws.answers(
            "describe-stacks box-office",
            *[MISSING if status is None else stack(status, **self.outputs) for status in statuses],
        )

    def deploy(self, *options: str, code: int = 0, answer: str = "", **variables: str) -> str:
        """Runs `./deploy.sh options` and returns what it prints; `answer` is typed at a terminal."""
        environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder),
            **variables,
        }
        typed, reader = (None, subprocess.DEVNULL)
        if answer:
            typed, reader = pty.openpty()
            os.write(typed, answer.encode())
        done = subprocess.run(
            ["bash", "deploy.sh", *options],
            cwd=self.folder,
            env=environment,
            stdin=reader,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        if typed is not None:
            os.close(typed)
            os.close(reader)
        assert done.returncode == code, done.stdout
        return done.stdout

    def calls(self, *words: str) -> list[str]:
        return [call for call in self.aws.calls if all(word in call.split() for word in words)]


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Project]]:
    made: list[Project] = []

    def make(context: dict[str, Any]) -> Project:
        made.append(Project(tmp_path, context))
        return made[-1]

    yield make
    for project in made:
        project.aws.close()
