"""Releases on a model of stage, alias and version: what is moved, tried, taken and put back is exactly that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.catalog import CATALOG
from support.release import Account, Refused
from tierforge.blueprint.source import parse
from tierforge.package.build import Artifact
from tierforge.package.packaging import packaged
from tierforge.package.release import steps
from tierforge.projects import project_of

CANARY = """\
name: box-office
pattern: mobile-backend
profile: dev
auth: none
api: {canary: {percent: 10}}
resources:
  tickets: {operations: [list, create], data_store: tickets}
  shows: {operations: [list], data_store: shows}
data_stores:
  tickets: {type: dynamodb}
  shows: {type: dynamodb}
"""
STAGES = CANARY.replace("api: {canary: {percent: 10}}", "stages: {dev: {}, test: {}, prod: {canary: {percent: 20}}}")
MORE = ("operations: [list, create]", "operations: [list, create, read]")


@cache
def template(blueprint: str, **code: str) -> Mapping[str, Any]:
    """The packaged template of a blueprint whose functions are built to these zips."""
    project = project_of(parse("app.yaml", blueprint), CATALOG, linted=False)
    artifacts = [Artifact(f.name, Path(f"{code.get(f.name, 'v1')}.zip"), "", 0, 0) for f in project.stack.functions]
    return packaged(project, artifacts, Path()).data


def step(blueprint: str, action: str, number: int = 0, stage: str = "", percent: int = 0) -> dict[str, str]:
    """The parameters of a step as `tierforge package` writes them."""
    stack = project_of(parse("app.yaml", blueprint), CATALOG, linted=False).stack
    return dict(steps(stack, action, stage, percent)[number].parameters)


def answers(account: Account, stage: str) -> Counter[tuple[frozenset[str], str, str]]:
    """Of a hundred requests to each function, by the API and the code that answered: how many."""
    return Counter(
        (*account.answer(stage, function, share), function) for function in ("tickets", "shows") for share in range(100)
    )


def key(function: str, code: str) -> str:
    return f"box-office/{function}/{code}.zip"


@pytest.fixture
def live() -> Account:
    """An application that has been deployed once."""
    account = Account()
    account.deploy(template(CANARY))
    return account


CHANGES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "code": lambda: template(CANARY, tickets="v2"),
    "API": lambda: template(CANARY.replace(*MORE)),
    "code and API": lambda: template(CANARY.replace(*MORE), tickets="v2"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_tenth_of_the_requests_takes_a_canary_and_nothing_else_changes(live: Account, change: str) -> None:
    before, stage = live.release("dev", "Stable"), live.stages["dev"]
    old = answers(live, "dev")
    new = Account()
    new.deploy(CHANGES[change]())
    live.deploy(CHANGES[change](), **before, **step(CANARY, "canary"))
    tenth = dict.fromkeys(answers(new, "dev"), 10)
    rest = dict.fromkeys(old, 90)
    assert answers(live, "dev") == Counter(tenth) + Counter(rest)
    assert {k: v for k, v in live.stages["dev"].items() if k != "canary"} == {
        k: v for k, v in stage.items() if k != "canary"
    }


@pytest.mark.parametrize("change", CHANGES)
def test_a_promoted_canary_takes_every_request(live: Account, change: str) -> None:
    live.deploy(CHANGES[change](), **live.release("dev", "Stable"), **step(CANARY, "canary"))
    old = live.answer("dev", "tickets", 99)
    live.deploy(CHANGES[change](), **step(CANARY, "promote", 0))
    assert {live.answer("dev", "tickets", share) for share in range(100)} == {old}  # for a moment
    live.deploy(CHANGES[change](), **step(CANARY, "promote", 1))
    new = Account()
    new.deploy(CHANGES[change]())
    assert answers(live, "dev") == answers(new, "dev")


def test_an_aborted_canary_leaves_what_was(live: Account) -> None:
    old = answers(live, "dev")
    change = CHANGES["code and API"]()
    live.deploy(change, **live.release("dev", "Stable"), **step(CANARY, "canary"))
    live.deploy(change, **step(CANARY, "abort"))
    assert answers(live, "dev") == old
    live.deploy(template(CANARY, tickets="v3"), **live.release("dev", "Stable"), **step(CANARY, "canary"))
    assert live.answer("dev", "tickets", 0)[1] == key("tickets", "v3")  # and the next one can be tried
    assert live.answer("dev", "tickets", 99)[1] == key("tickets", "v1")


def test_a_canary_grows_and_gets_a_newer_release(live: Account) -> None:
    for code, percent in (("v2", 10), ("v2", 50), ("v3", 50)):
        stable = live.release("dev", "Stable")
        live.deploy(template(CANARY, tickets=code), **stable, **step(CANARY, "canary", percent=percent))
        shares = Counter(live.answer("dev", "tickets", share)[1] for share in range(100))
        assert shares == {key("tickets", code): percent, key("tickets", "v1"): 100 - percent}


def test_what_was_released_can_be_put_back_with_its_code(live: Account) -> None:
    old, first = answers(live, "dev"), live.release("dev", "Stable")
    change = CHANGES["code and API"]()
    live.deploy(change, **first, **step(CANARY, "canary"))
    for number in (0, 1):
        live.deploy(change, **step(CANARY, "promote", number))
    live.deploy(change, **first)
    assert answers(live, "dev") == old


def test_both_updates_of_a_promotion_are_needed(live: Account) -> None:
    change = CHANGES["code and API"]()
    live.deploy(change, **live.release("dev", "Stable"), **step(CANARY, "canary"))
    with pytest.raises(Refused, match="takes no other deployment"):
        live.deploy(change, **{**step(CANARY, "promote", 1), "CanaryPercent": "0", "StableDeploymentId": "d1"})
    with pytest.raises(Refused, match="needs StableDeploymentId"):
        live.deploy(change, StableDeploymentId="", CanaryPercent="10")


def test_only_the_first_stage_follows_a_deploy() -> None:
    account = Account()
    account.deploy(template(STAGES))
    kept = {k: v for name in ("Test", "Prod") for k, v in account.release(name.lower(), name).items()}
    account.deploy(template(STAGES.replace(*MORE), tickets="v2"), **kept)
    account.deploy(template(STAGES.replace(*MORE), tickets="v3"))  # parameters that aren't said keep their value
    assert account.answer("dev", "tickets", 0)[1] == key("tickets", "v3")
    for stage in ("test", "prod"):
        assert account.answer(stage, "tickets", 0) == (account.deployments["d0"], key("tickets", "v1"))


def test_a_release_moves_from_stage_to_stage_and_back() -> None:
    account = Account()
    account.deploy(template(STAGES))
    first = account.release("test", "Test")
    kept = {**first, **account.release("prod", "Prod")}
    newer = template(STAGES.replace(*MORE), tickets="v2")
    account.deploy(newer, **kept)
    account.deploy(newer, **account.release("dev", "Test"))
    assert account.answer("test", "tickets", 0) == account.answer("dev", "tickets", 0)
    assert account.answer("prod", "tickets", 0)[1] == key("tickets", "v1")
    account.deploy(newer, **first)
    assert account.answer("test", "tickets", 0) == account.answer("prod", "tickets", 0)


def test_what_is_moved_to_a_stage_is_tried_there_first() -> None:
    account = Account()
    account.deploy(template(STAGES))
    kept = {**account.release("test", "Test"), **account.release("prod", "Prod")}
    newer = template(STAGES.replace(*MORE), tickets="v2")
    account.deploy(newer, **kept)
    stable, moved = account.release("prod", "ProdStable"), account.release("dev", "Prod")
    account.deploy(newer, **stable, **moved, **step(STAGES, "canary", stage="prod"))
    shares = Counter(account.answer("prod", "tickets", share) for share in range(100))
    assert shares == {account.answer("dev", "tickets", 0): 20, account.answer("test", "tickets", 0): 80}
    for number in (0, 1):
        account.deploy(newer, **step(STAGES, "promote", number, stage="prod"))
    assert answers(account, "prod") == answers(account, "dev")


def test_where_no_function_answers_requests_nothing_shifts_them() -> None:
    mock = CANARY.split("resources:")[0].replace("api: {canary: {percent: 10}}", "release: {strategy: canary}")
    mock += "resources: {up: {operations: [list], integration: mock}}\n"
    assert not [key for key in template(mock)["Resources"] if key.startswith(("CodeDeploy", "TrafficShift"))]
