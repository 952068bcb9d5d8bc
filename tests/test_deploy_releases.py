"""deploy.sh moves, tries and takes back releases: run for real against a model of what AWS then serves."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploying import ARN, CREATED, MISSING, Project, stack
from project_documents import BARE
from support.catalog import CATALOG
from support.release import Account, Refused
from tierforge.blueprint.source import parse
from tierforge.package.build import Artifact
from tierforge.package.packaging import packaged
from tierforge.package.release import wanted, write_steps
from tierforge.pipeline import application
from tierforge.projects import project_of

CANARY = """\
name: box-office
pattern: mobile-backend
profile: dev
auth: none
api: {canary: {percent: 10}}
resources:
  tickets: {operations: [list, create], data_store: tickets}
data_stores:
  tickets: {type: dynamodb}
"""
STAGES = CANARY.replace("api: {canary: {percent: 10}}", "stages: {dev: {}, test: {}, prod: {canary: {percent: 20}}}")


class Live:
    """A project on disk whose deploy.sh changes a model of an account; its blueprint and code can be edited."""

    def __init__(self, project: Project, blueprint: str) -> None:
        self.project, self.account, self.bucket = project, Account(), dict[str, str]()
        self.blueprint, self.code = blueprint, "v1"
        self.template: Mapping[str, Any] = {}
        self.pending: tuple[Mapping[str, Any], dict[str, str]] = ({}, {})
        path = project.folder / "app.yaml"
        path.write_text(blueprint)
        files = {file.path: file.text for file in application(str(path), CATALOG, linted=False).files}
        (project.folder / "deploy.sh").write_text(files["deploy.sh"])
        project.program("tierforge", 'aws tierforge "$@"')
        answers = project.aws.answers
        answers("tierforge package", self.package)
        answers("cloudformation deploy box-office", self.prepare)
        answers("cloudformation create-change-set", self.prepare_release)
        answers("cloudformation execute-change-set", self.execute)
        answers("describe-stacks box-office", self.describe)
        answers("list-stack-resources", self.resources)
        answers("apigateway get-stage", self.stage)
        answers("lambda get-alias", self.alias)
        answers("s3 cp", self.copy)

    def package(self, words: list[str]) -> str:
        def said(name: str) -> str:
            return words[words.index(name) + 1] if name in words else ""

        project = project_of(parse("app.yaml", self.blueprint), CATALOG, linted=False)
        flags = {name: f"--{name}" in words for name in ("canary", "promote", "abort")}
        asked = wanted(project.stack, **flags, stage=said("--stage"), percent=int(said("--percent") or 0))
        write_steps(asked.steps, self.project.folder)
        if asked.builds:
            zips = [Path("build", function.name, f"{self.code}.zip") for function in project.stack.functions]
            template = packaged(project, [Artifact(path.parent.name, path, "", 0, 0) for path in zips], Path())
            shutil.rmtree(self.project.folder / "build/tickets", ignore_errors=True)
            for path in zips:
                (self.project.folder / path).parent.mkdir(parents=True)
                (self.project.folder / path).touch()
            (self.project.folder / "packaged.yaml").write_text(template.text)
            self.template = template.data
        return ""

    def prepare(self, words: list[str]) -> str:
        given = words[words.index("--parameter-overrides") + 1 : words.index("--no-execute-changeset")]
        self.pending = self.template, dict(each.split("=", 1) for each in given)
        return CREATED

    def prepare_release(self, words: list[str]) -> dict[str, str]:
        given = words[words.index("--parameters") + 1 : words.index("--query")]
        pairs = [each.removeprefix("ParameterKey=").split(",ParameterValue=") for each in given]
        unknown = [pair[0] for pair in pairs if pair[0].split(",")[0] not in self.pending[0]["Parameters"]]
        assert not unknown
        self.pending = self.pending[0], {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
        return {"Id": ARN}

    def execute(self, _words: list[str]) -> Any:
        try:
            self.account.deploy(self.pending[0], **{k: v for k, v in self.pending[1].items() if k != "ArtifactBucket"})
        except Refused as refused:
            return Exception(str(refused))
        return {}

    def describe(self, _words: list[str]) -> Any:
        if not self.account.stages:
            return MISSING
        outputs = {"RestApiId": "api1", "TicketsFunctionName": "box-office-tickets"}
        parameters = {"ArtifactBucket": "artifacts-1", **self.account.values}
        shown = stack("UPDATE_COMPLETE", **outputs)
        listed = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        shown["Stacks"][0]["Parameters"] = listed
        return shown

    def resources(self, _words: list[str]) -> dict[str, Any]:
        made = [
            {"LogicalResourceId": key, "PhysicalResourceId": self.account.made[key]}
            for key in self.pending[0]["Resources"]
            if key in self.account.made
        ]
        return {"StackResourceSummaries": made}

    def stage(self, words: list[str]) -> Any:
        name = words[words.index("--stage-name") + 1]
        missing = Exception("An error occurred (NotFoundException): Invalid stage identifier specified")
        return {"deploymentId": self.account.stages[name]["deployment"]} if name in self.account.stages else missing

    def alias(self, words: list[str]) -> Any:
        key = ("${AWS::StackName}-tickets", words[words.index("--name") + 1])
        missing = Exception("An error occurred (ResourceNotFoundException): Alias not found")
        return {"FunctionVersion": self.account.aliases[key]} if key in self.account.aliases else missing

    def copy(self, words: list[str]) -> Any:
        source, target = words[-2:]
        if source.startswith("s3://"):
            if source not in self.bucket:
                return Exception("fatal error: An error occurred (404) when calling the HeadObject operation")
            Path(target).write_text(self.bucket[source])
        elif not source.endswith(".zip"):
            self.bucket[target] = Path(source).read_text()
        return ""

    def change(self, code: str) -> None:
        """New code, and a new route with it."""
        self.code = code
        self.blueprint = self.blueprint.replace("create]", "create, read]")

    def deploy(self, *options: str, code: int = 0) -> str:
        return self.project.deploy("--yes", *options, code=code)

    def shares(self, stage: str) -> dict[str, int]:
        """By the code that answers, how many of a hundred requests."""
        answers = Counter(self.account.answer(stage, "tickets", share)[1] for share in range(100))
        return {key.removeprefix("box-office/tickets/").removesuffix(".zip"): n for key, n in answers.items()}


@pytest.fixture
def live(make_project: Callable[[dict[str, Any]], Project]) -> Callable[[str], Live]:
    def made(blueprint: str) -> Live:
        live = Live(make_project(BARE), blueprint)
        live.deploy()
        return live

    return made


def test_a_release_goes_from_stage_to_stage(live: Callable[[str], Live]) -> None:
    shop = live(STAGES)
    shop.change("v2")
    assert "prod keeps its release" in shop.deploy()
    assert (shop.shares("dev"), shop.shares("test"), shop.shares("prod")) == ({"v2": 100}, {"v1": 100}, {"v1": 100})
    shop.deploy("--move", "dev", "test")
    shop.change("v3")
    shop.deploy()
    assert (shop.shares("dev"), shop.shares("test"), shop.shares("prod")) == ({"v3": 100}, {"v2": 100}, {"v1": 100})
    shop.deploy("--move", "test", "prod")
    assert shop.shares("prod") == {"v2": 20, "v1": 80}
    shop.change("v4")
    shop.deploy()  # while a canary runs elsewhere
    assert shop.shares("prod") == {"v2": 20, "v1": 80}
    shop.deploy("--promote")
    assert (shop.shares("dev"), shop.shares("test"), shop.shares("prod")) == ({"v4": 100}, {"v2": 100}, {"v2": 100})
    shop.deploy("--back", "test")
    shop.deploy("--back", "prod")
    assert (shop.shares("dev"), shop.shares("test"), shop.shares("prod")) == ({"v4": 100}, {"v1": 100}, {"v1": 100})


def test_a_canary_is_begun_widened_and_promoted(live: Callable[[str], Live]) -> None:
    shop = live(CANARY)
    assert shop.shares("dev") == {"v1": 100}  # nothing to compare the first release with
    assert "nothing new for a canary" in shop.deploy()
    shop.change("v2")
    shop.deploy()
    assert shop.shares("dev") == {"v1": 90, "v2": 10}
    shop.deploy("--canary", "50")
    assert shop.shares("dev") == {"v1": 50, "v2": 50}
    shop.deploy("--promote")
    assert shop.shares("dev") == {"v2": 100}
    assert len(shop.project.calls("create-change-set")) == 2
    assert "no canary runs on dev" in shop.deploy("--promote", code=1)
    shop.deploy("--back", "dev")
    assert shop.shares("dev") == {"v1": 100}


def test_a_canary_of_code_alone_is_aborted_and_another_one_begun(live: Callable[[str], Live]) -> None:
    shop = live(CANARY)
    shop.code = "v2"
    shop.deploy()
    assert shop.shares("dev") == {"v1": 90, "v2": 10}
    assert "a canary runs on dev" in shop.deploy("--back", "dev", code=1)
    shop.deploy("--abort")
    assert shop.shares("dev") == {"v1": 100}
    shop.code = "v3"
    shop.deploy()
    assert shop.shares("dev") == {"v1": 90, "v3": 10}


def test_a_plan_of_a_move_changes_nothing(live: Callable[[str], Live]) -> None:
    shop = live(STAGES)
    shop.change("v2")
    shop.deploy()
    assert "prod gets the release of dev" in shop.deploy("--plan", "--move", "dev", "prod")
    assert shop.shares("prod") == {"v1": 100}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--move", "dev"), "--move needs two stages"),
        (("--move", "prod", "dev"), "dev gets what is deployed"),
        (("--move", "dev", "live"), "there is no stage live"),
        (("--back", "dev"), "deploy the commit before"),
        (("--abort", "--stage", "test"), "the stage test has no canary"),
        (("--canary", "100"), "a percentage from 1 to 99"),
        (("--canary", "5"), "a deploy has no canary here"),
    ],
)
def test_wrong_usage_of_releases(live: Callable[[str], Live], options: tuple[str, ...], message: str) -> None:
    assert message in live(STAGES).deploy(*options, code=2)


def test_a_stage_that_cant_be_read_stops_a_deploy(live: Callable[[str], Live]) -> None:
    shop = live(STAGES)
    shop.project.aws.answers("apigateway get-stage", Exception("An error occurred (AccessDeniedException): no"))
    shop.change("v2")
    assert "AccessDeniedException" in shop.deploy(code=1)
    assert shop.shares("prod") == {"v1": 100}
