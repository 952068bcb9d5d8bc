"""Services of one application in the account of tests/test_journey.py, one of which calls another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploying import ARN, CREATED, MISSING, Project, stack
from staging import KEYS
from support.catalog import CATALOG
from support.journey_services import CALLED
from support.release import Account
from test_deploy_releases import Live
from tierforge.blueprint.source import parse
from tierforge.package.build import Artifact
from tierforge.package.packaging import packaged
from tierforge.package.release import wanted, write_steps
from tierforge.projects import Project as Rendered
from tierforge.system import system_of

# The caller's own code, with a table that keeps nothing.
CALLS = """
import json, sys, repository, service
repository.create = lambda scope, id, fields: {"id": id, **fields}
class Request:
    fields = staticmethod(lambda: json.loads(sys.argv[1]))
    idempotency_key = staticmethod(lambda: None)
print(json.dumps(service.create_order(Request())))
"""


class Member(Live):
    """The same of one service, or of what services share: it has a stack of its own in the account."""

    def __init__(self, project: Project, name: str, url: str) -> None:
        self.project, self.name, self.url = project, name, url
        self.stack = f"box-office-{name}"
        self.account, self.bucket, self.code = Account(), dict[str, str](), "v1"
        self.template: Mapping[str, Any] = {}
        self.pending: tuple[Mapping[str, Any], dict[str, str]] = ({}, {})
        self.arn = ARN.replace("awscli", self.stack)
        self.stands = False
        answers = project.aws.answers
        answers(f"tierforge package {name}", self.package)
        answers(f"cloudformation deploy {self.stack}", self.prepare)
        answers(f"cloudformation create-change-set {self.stack}", self.prepare_release)
        answers(f"cloudformation execute-change-set {self.arn}", self.execute)
        answers(f"cloudformation delete-stack {self.stack}", self.delete)
        answers(f"describe-stacks {self.stack}", self.describe)
        answers(f"list-stack-resources {self.stack}", self.resources)
        answers(f"apigateway get-stage api-{name}", self.stage)
        answers(f"lambda get-alias {self.stack}-x", self.alias)
        answers("s3 cp", self.copy)  # of all members: keys begin with the stack's name

    def rendered(self) -> Rendered:
        text = (self.project.folder / "app.yaml").read_text()
        return system_of(parse("app.yaml", text), CATALOG, linted=False).of(self.name).projects[0]

    def package(self, words: list[str]) -> str:
        made, folder = self.rendered(), self.project.folder / "services" / self.name
        asked = wanted(
            made.stack,
            **{name: f"--{name}" in words for name in ("canary", "promote", "abort")},
            stage="",
            percent=50 if "--percent" in words else 0,
        )
        if asked.builds:
            code = "v2" if "read]" in (self.project.folder / "app.yaml").read_text() else "v1"
            zips = [Path("build", function.name, f"{code}.zip") for function in made.stack.functions]
            shutil.rmtree(folder / "build", ignore_errors=True)
            for path in zips:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).touch()
            template = packaged(made, [Artifact(path.parent.name, path, "", 0, 0) for path in zips], Path())
            (folder / "packaged.yaml").write_text(template.text)
            self.template = template.data
        write_steps(asked.steps, folder)
        return ""

    def prepare(self, words: list[str]) -> str:
        if self.name != "platform":
            super().prepare(words)
        return CREATED.replace(ARN, self.arn)

    def prepare_release(self, words: list[str]) -> dict[str, str]:
        return {**super().prepare_release(words), "Id": self.arn}

    def execute(self, words: list[str]) -> Any:
        self.stands = True
        return super().execute(words) if self.name != "platform" else {}

    def delete(self, _words: list[str]) -> str:
        self.stands = False
        return ""

    def describe(self, _words: list[str]) -> Any:
        if not self.stands:
            return MISSING
        made = {} if self.name == "platform" else {f"{self.functions()}FunctionName": f"{self.stack}-x"}
        shown = stack("UPDATE_COMPLETE", RestApiId=f"api-{self.name}", ApiUrl=f"{self.url}", **made)
        values = {"ArtifactBucket": "artifacts-1", **self.account.values}
        shown["Stacks"][0]["Parameters"] = [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]
        return shown

    def resources(self, words: list[str]) -> dict[str, Any]:
        return super().resources(words) if self.template else {"StackResourceSummaries": []}

    def functions(self) -> str:
        return "Tickets" if self.name == CALLED else "Orders"


def order_kept(folder: Path, url: str, body: str) -> dict[str, Any]:
    """What the calling service makes of an order: its own code, whose call of the other one is signed and answered."""
    environment = {
        **os.environ,
        **KEYS,
        "AWS_REGION": "us-east-1",
        "CATALOG_API_URL": url,
        "ORDERS_TABLE_NAME": "orders",
    }
    code = folder / "services/orders/functions/orders"
    done = subprocess.run(
        [sys.executable, "-c", CALLS, body], cwd=code, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made
