"""One rendered function in front of a store, called as API Gateway calls it; every call of an SDK is noted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from support.catalog import CATALOG
from support.contract.stores import Place, Store
from support.handlers import load
from support.nodejs import Function, link
from support.requests import Answer, call, event
from tierforge.blueprint.source import parse
from tierforge.projects import Project, project_of

ITEMS, ONE = "/notes", "/notes/{id}"
# Calls whose IAM action has another name, by what boto3 calls the service (Service Authorization Reference).
ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "timestream-query:DescribeEndpoints": "timestream:DescribeEndpoints",
    "timestream-query:Query": "timestream:Select",
    "timestream-write:DescribeEndpoints": "timestream:DescribeEndpoints",
    "timestream-write:WriteRecords": "timestream:WriteRecords",
    "timestream:Query": "timestream:Select",
}
OWNERS = itertools.count()  # stores that share an engine have no caller in common
# What a role is granted whatever its function's store is: logs and traces, a place in the VPC.
OF_EVERY_ROLE = ("logs:", "xray:", "ec2:")


@dataclass
class Application:
    """A function that keeps notes in a store. `calls` are the IAM actions of what it called so far."""

    store: Store
    project: Project
    handler: Any
    calls: set[str] = field(default_factory=set)

    def somebody(self) -> str:
        """A caller who has no notes yet."""
        return f"caller-{next(OWNERS)}"

    def __call__(self, owner: str, method: str, item: str = "", body: object = None, **headers: str) -> Answer:
        """Ask as `owner`; `headers` are named with _ for -, `item` stands in the path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = {"id": item} if item else None
        given = event(method, ONE if item else ITEMS, path, claims={"sub": owner}, body=body, headers=named)
        return call(self.handler, given)

    def listed(self, owner: str, **query: str) -> Answer:
        given = event("GET", ITEMS, claims={"sub": owner}, queryStringParameters=query or None)
        return call(self.handler, given)

    def made(self, owner: str, **fields: Any) -> dict[str, Any]:
        """A new note of `owner`."""
        answer = self(owner, "POST", body=fields)
        assert answer.status == 201, answer
        return dict(answer.body)

    @property
    def granted(self) -> set[str]:
        """The IAM actions that the template grants the function for its store."""
        (function,) = [f for f in self.project.stack.functions if f.kind == "api"]
        role = self.project.template.data["Resources"][f"{function.id}Role"]["Properties"]
        statements = [s for p in role["Policies"] for s in p["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
        actions = {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
        return {action for action in actions if not action.startswith(OF_EVERY_ROLE)}


def project_with(store: Store, **more: Any) -> Project:
    """The project of a resource with all operations of a store, whose items belong to their callers; it says `more`."""
    said: dict[str, Any] = {
        "name": "contract",
        "pattern": "mobile-backend",
        "auth": "cognito",
        "handlers": "plain",
        "runtime": store.runtime,
        "resources": {"notes": {"operations": list(store.operations), "data_store": "kept", "owner": True}},
        "data_stores": {"kept": dict(store.said)},
        **more,
    }
    if store.cache:
        said["resources"]["notes"]["cache"] = "fast"
        said["data_stores"]["fast"] = dict(store.cache)
    return project_of(parse("app.yaml", yaml.safe_dump(said, sort_keys=False)), CATALOG, cached=False, linted=False)


@contextmanager
def deployed(store: Store, folder: Path, fixture: Callable[[str], Any]) -> Iterator[Application]:
    """The function of `store`, written to `folder`, with its engine made ready. `fixture` gives fixtures by name."""
    project, calls = project_with(store), set[str]()
    write(project, folder)
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        boto3.setup_default_session()
        with store.engine(Place(project, folder, fixture, calls)) as variables:
            assert {f"KEPT_{name}" for name in variables} == set(_named(project))
            for name, value in variables.items():
                environment.setenv(f"KEPT_{name}", value)
            with _handler(folder / "functions" / "notes", calls, fixture) as handler, _noting(calls):
                yield Application(store, project, handler, calls)


@contextmanager
def _handler(home: Path, calls: set[str], fixture: Callable[[str], Any]) -> Iterator[Any]:
    """The handler of the function in `home`, in whichever language it is written."""
    if (home / "handler.py").exists():
        yield load(home, "handler")[0]
        return
    link(home, fixture("node_modules"))
    variables = {"AWS_ENDPOINT_URL": fixture("moto_server"), "AWS_REGION": "us-east-1"}
    function = Function(home, variables, noted=lambda action: calls.add(ACTIONS.get(action, action)))
    yield function
    function.stop()


def write(project: Project, folder: Path) -> None:
    """Write the code of a project, and into its functions' folders what goes into their packages."""
    for file in project.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    for function in project.stack.functions:
        for source, target in function.includes:
            (folder / function.folder / target).symlink_to(folder / source)


def _named(project: Project) -> Mapping[str, Any]:
    """The variables that the template gives the function for its store."""
    (function,) = [f for f in project.stack.functions if f.kind == "api"]
    resources = project.template.data["Resources"]
    said: Mapping[str, Any] = resources[f"{function.id}Function"]["Properties"]["Environment"]["Variables"]
    return {name: value for name, value in said.items() if name.startswith("KEPT_")}


@contextmanager
def _noting(calls: set[str]) -> Iterator[None]:
    """Note the calls of every client that boto3's default session makes from now on."""

    def note(model: Any, **_: object) -> None:
        action = f"{model.service_model.service_name}:{model.name}"
        calls.add(ACTIONS.get(action, action))

    events = boto3._get_default_session().events
    events.register("before-call", note)
    try:
        yield
    finally:
        events.unregister("before-call", note)
