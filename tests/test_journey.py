"""What tests/aws does in an account, done here: commands and scripts are real, the AWS CLI and the API stand-ins."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploying import Project
from project_documents import BARE
from staging import KEYS, Staged, hosting, prepare
from staging_services import Member, order_kept
from support.issuer import Issuer, issuing
from support.journey import BLUEPRINTS, Journey
from support.journey_page import faults
from support.journey_services import Services
from support.rendered import PATTERNS

BOX_OFFICE = "box-office"


@pytest.fixture
def project(make_project: Callable[[dict[str, Any]], Project]) -> Project:
    return make_project(BARE)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture
def account(project: Project, issuer: Issuer) -> Iterator[Staged]:
    with hosting() as page:
        yield Staged(project, issuer, page)


def journey(kind: type[Journey], project: Project, pattern: str, issuer: Issuer, zone: str = "") -> Journey:
    path = f"{project.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**KEYS, "PATH": path, "HOME": str(project.folder)}
    return kind(project.folder, pattern, BOX_OFFICE, "us-east-1", environment, issuer.url, lambda _: None, zone)


def steps(project: Project) -> list[str]:
    words = ("execute-change-set", "create-change-set", "delete-stack", "get-resources", "--canary", "--promote")
    return [word for call in project.aws.calls for word in words if word in call.split()]


def deleted(project: Project) -> list[str]:
    return [call.split("--stack-name ")[1] for call in project.calls("delete-stack")]


QUICK = "mobile-backend"  # its calls load no SDK
OF_ONE_STACK = [
    pytest.param(path.stem, marks=[] if path.stem == QUICK else pytest.mark.slow)
    for path in sorted(BLUEPRINTS.glob("*.yaml"))
    if path.stem != "microservices"
]


@pytest.mark.parametrize("pattern", OF_ONE_STACK)
def test_an_application_lives_and_goes(account: Staged, pattern: str) -> None:
    project = account.project
    journey(Journey, project, pattern, account.issuer).travel()
    assert pattern in PATTERNS
    beside = ["execute-change-set"] if pattern == "single-page-app" else []
    deploy = ["--canary", *beside, "execute-change-set"]
    assert steps(project)[: 2 * len(deploy)] == [*deploy, *deploy]
    stacks = [BOX_OFFICE, *(f"{BOX_OFFICE}-edge" for _ in beside)]  # what stands in us-east-1 goes after what needs it
    assert deleted(project) == [f"{name} --region us-east-1" for name in stacks]
    if beside:
        order = [call.split()[1] for call in project.aws.calls]
        assert order.index("delete-objects") < order.index("delete-stack")
    assert project.calls("rm") == ["s3 rm --only-show-errors --recursive s3://artifacts-1/box-office/"]


@pytest.mark.slow
def test_services_live_alone(project: Project, issuer: Issuer) -> None:
    prepare(project)
    for name in ("platform", "catalog", "orders"):
        Member(project, name, issuer.url)
    issuer.code["/orders"] = lambda item: order_kept(project.folder, issuer.url, json.dumps(item))
    journey(Services, project, "microservices", issuer).travel()
    stacks = [f"box-office-{name}" for name in ("orders", "orders", "catalog", "platform")]  # the first one on the way
    assert [each.split()[0] for each in deleted(project)] == stacks, project.aws.calls
    executed = [call.split("changeSet/")[1].split("-cloudformation")[0] for call in project.calls("execute-change-set")]
    assert executed[:3] == ["box-office-platform", "box-office-catalog", "box-office-orders"]
    assert set(executed[3:]) == {"box-office-catalog"}


def test_what_was_made_is_deleted_after_a_failure(account: Staged) -> None:
    project = account.project
    project.aws.answers("cloudformation execute-change-set", Exception("An error occurred: no such thing"))
    with pytest.raises(AssertionError, match="no such thing"):
        journey(Journey, project, "api-only", account.issuer).travel()
    assert "delete-stack" in steps(project)


def test_a_stack_that_stays_keeps_none_of_the_others(account: Staged) -> None:
    one = journey(Services, account.project, "microservices", account.issuer)
    (one.folder / "deploy.sh").write_text("order='platform catalog orders'\n")
    account.project.aws.answers("cloudformation wait box-office-orders", Exception("DELETE_FAILED"))
    with pytest.raises(AssertionError, match="DELETE_FAILED"):
        one.delete()
    names = ["box-office-orders", "box-office-catalog", "box-office-platform"]
    assert [each.split()[0] for each in deleted(account.project)] == names


def test_what_is_left_behind_is_told(account: Staged) -> None:
    one = journey(Journey, account.project, "api-only", account.issuer)
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/left"
    found = {"ResourceTagMappingList": [{"ResourceARN": arn}]}
    account.project.aws.answers("resourcegroupstaggingapi get-resources", found)
    assert one.leftovers() == [arn]
    account.project.aws.answers("resourcegroupstaggingapi get-resources", found, {"ResourceTagMappingList": []})
    assert one.leftovers() == []


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({}, []),
        ({"index.html": b"nothing"}, ["the page is answered by 200"]),
        ({"missing.js": b"the page"}, ["/missing.js is answered by 200"]),
        ({"runtime-config.json": b'{"apiUrl": "https://other"}'}, ["runtime-config.json is not what the stack says"]),
    ],
)
def test_what_is_wrong_with_a_page_is_told(files: dict[str, bytes], fault: list[str]) -> None:
    config = '{"apiUrl": "https://api"}'
    with hosting() as page:
        page.files = {"index.html": b"<!doctype html>", "runtime-config.json": config.encode(), **files}
        outputs = {"SiteUrl": page.url, "RuntimeConfig": config, "ApiUrl": "https://api"}
        assert faults(outputs, lambda _: None) == fault


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "pattern", "domain"),
    [
        (Journey, "single-page-app", "domain: {name: box-office.example.com, hosted_zone_id: Z1}"),
        (Services, "microservices", "api: {domain: {name: api-box-office.example.com, hosted_zone_id: Z1}}"),
    ],
)
def test_with_a_zone_there_are_names(account: Staged, kind: type[Journey], pattern: str, domain: str) -> None:
    one = journey(kind, account.project, pattern, account.issuer, "Z1")
    one.begin()
    assert domain in (one.folder / "app.yaml").read_text()
