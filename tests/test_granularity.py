"""A function for each resource, for each method, or for the whole API: the same code, the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.handlers import load, put, pytest_in
from support.requests import Answer, call, event
from support.tidy import untidy
from tierforge.blueprint.source import parse
from tierforge.projects import Project, project_of

BLUEPRINT: dict[str, Any] = {
    "name": "box-office",
    "pattern": "mobile-backend",
    "profile": "dev",
    "resources": {
        "tickets": {
            "operations": ["list", "create", "read", "update", "delete"],
            "routes": ["POST /tickets/{id}/refund"],
            "data_store": "tickets",
            "owner": True,
        },
        "class": {"operations": ["list", "read", "create"], "data_store": "class"},
        "clock": {"routes": ["GET /clock"]},
    },
    "data_stores": {"tickets": {"type": "dynamodb"}, "class": {"type": "dynamodb"}},
}
GRANULARITIES = ("per-resource", "per-method", "per-api")
STYLES = ("powertools", "plain")
TICKET, CLASS = "/tickets/{id}", "/class/{id}"
ID = "0" * 31 + "1"

# In this order on empty tables, each with the status of its answer.
REQUESTS: list[tuple[dict[str, Any], int]] = [
    (event("GET", "/tickets"), 200),
    (event("POST", "/tickets", body={"note": "first", "price": 12.5}), 201),
    (event("POST", "/class", body={"note": "first", "owner": "a class has no owner"}), 201),
    (event("POST", "/tickets", body={"owner": "bob"}), 400),
    (event("GET", TICKET, {"id": ID}), 200),
    (event("GET", TICKET, {"id": ID}, claims={"sub": "bob"}), 404),
    (event("PUT", TICKET, {"id": ID}, body={"note": "second"}), 200),
    (event("GET", CLASS, {"id": ID}), 200),
    (event("GET", "/tickets"), 200),
    (event("GET", "/class"), 200),
    (event("POST", "/tickets/{id}/refund", {"id": ID}, body={}), 501),
    (event("GET", "/clock"), 501),
    (event("DELETE", TICKET, {"id": ID}), 204),
    (event("GET", TICKET, {"id": ID}), 404),
]


def project(granularity: str, style: str = "powertools") -> Project:
    said = {**BLUEPRINT, "granularity": granularity, "handlers": style}
    return project_of(parse("app.yaml", yaml.safe_dump(said, sort_keys=False)), CATALOG, "", linted=False)


def written(made: Project, folder: Path) -> Path:
    """The functions of a project, written below `folder`."""
    for file in made.files:
        put(folder / file.path, file.text)
    return folder / "functions"


@pytest.fixture
def tables(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import boto3

    client = boto3.client("dynamodb")
    for name, keys in (("tickets", ["owner", "id"]), ("class", ["id"])):
        monkeypatch.setenv(f"{name.upper()}_TABLE_NAME", name)
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": k, "KeyType": t} for k, t in zip(keys, ("HASH", "RANGE"), strict=False)],
        )
    yield
    for name in ("tickets", "class"):
        client.delete_table(TableName=name)


def answers(made: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answer]:
    """What REQUESTS are answered by whichever function their route leads to."""
    functions = written(made, folder)
    monkeypatch.setattr("secrets.token_hex", lambda _: ID[12:])
    monkeypatch.setattr("time.time_ns", lambda: 0)
    routes = {(route.method, route.path): route.function for route in made.stack.routes}
    handlers = {name: load(functions / name, "handler")[0] for name in dict.fromkeys(routes.values())}
    for given, _ in REQUESTS:
        yield call(handlers[routes[given["httpMethod"], given["resource"]]], given)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_every_granularity_answers_alike(
    granularity: str, style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(answers(project(granularity, style), tmp_path, monkeypatch))
    assert [answer.status for answer in found] == [status for _, status in REQUESTS]
    assert found[4].body["note"] == "first"
    assert found[8].body["items"][0].items() >= {"id": ID, "note": "second"}.items()
    assert found[9].body["items"][0]["owner"] == "a class has no owner"


def test_functions_are_named_as_their_granularity_says() -> None:
    names = {g: [function.name for function in project(g).stack.functions] for g in GRANULARITIES}
    assert names == {
        "per-resource": ["tickets", "class", "clock"],
        "per-method": [
            *(f"tickets-{name}" for name in ("list", "create", "read", "update", "delete")),
            "tickets-post-tickets-id-refund",
            *(f"class-{name}" for name in ("list", "create", "read")),
            "clock-get-clock",
        ],
        "per-api": ["api"],
    }


@pytest.mark.parametrize(
    ("function", "actions"),
    [
        ("TicketsList", ["Query"]),
        ("TicketsCreate", ["PutItem"]),
        ("TicketsRead", ["GetItem"]),
        ("TicketsDelete", ["DeleteItem"]),
        ("TicketsPostTicketsIdRefund", []),
        ("ClassList", ["Scan"]),
    ],
)
def test_a_function_of_one_method_may_make_that_methods_calls_alone(function: str, actions: list[str]) -> None:
    resources = project("per-method").template.data["Resources"]
    statements = resources[f"{function}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    granted = [action for s in statements for action in s["Action"] if action.startswith("dynamodb:")]
    assert granted == [f"dynamodb:{action}" for action in actions]


@pytest.mark.parametrize(
    ("granularity", "style"),
    [
        pytest.param("per-method", "powertools", marks=pytest.mark.slow),
        ("per-api", "plain"),
        pytest.param("per-method", "plain", marks=pytest.mark.slow),
        pytest.param("per-api", "powertools", marks=pytest.mark.slow),
    ],
)
def test_the_code_is_tidy_and_its_own_tests_pass(granularity: str, style: str, tmp_path: Path) -> None:
    functions = written(project(granularity, style), tmp_path)
    assert untidy(*functions.iterdir()) == ""
    for name in ("tickets-create", "clock-get-clock", "api"):
        if (functions / name).is_dir():
            done = pytest_in(functions / name)
            assert done.returncode == 0, done.stdout


def test_a_route_that_says_function_has_one_of_its_own() -> None:
    said = {**BLUEPRINT, "resources": {"tickets": {**BLUEPRINT["resources"]["tickets"]}}}
    route = {"route": "POST /tickets/{id}/refund", "name": "refund", "function": {"memory_mb": 1024}}
    said["resources"]["tickets"] |= {"routes": [route], "function": {"memory_mb": 256, "timeout_seconds": 5}}
    made = project_of(parse("app.yaml", yaml.safe_dump(said)), CATALOG, "", linted=False)
    sizes = {f.name: (f.settings["memory_mb"], f.settings["timeout_seconds"]) for f in made.stack.functions}
    assert sizes == {"tickets": (256, 5), "tickets-refund": (1024, 5)}


@pytest.mark.parametrize(
    ("granularity", "hosts"),
    [
        ("per-resource", {"shows": "Replica1", "halls": "Replica2", "tickets": "Database"}),
        ("per-api", {"api": "Database"}),
    ],
)
def test_a_function_of_several_resources_has_one_way_to_their_server(granularity: str, hosts: dict[str, str]) -> None:
    """The one for reading if it reads all of them, and does nothing else with any."""
    said = {
        "name": "box-office",
        "pattern": "mobile-backend",
        "profile": "dev",
        "granularity": granularity,
        "resources": {
            "shows": {"operations": ["list", "read"], "data_store": "kept"},
            "halls": {"operations": ["list", "read"], "data_store": "kept"},
            "tickets": {"operations": ["list", "create"], "data_store": "kept", "owner": True},
        },
        "data_stores": {"kept": {"type": "rds", "engine": "postgres", "readers": 2, "read_from": "reader"}},
    }
    made = project_of(parse("app.yaml", yaml.safe_dump(said, sort_keys=False)), CATALOG, linted=False)
    functions = {f.name: made.template.data["Resources"][f"{f.id}Function"] for f in made.stack.functions}
    led = {name: f["Properties"]["Environment"]["Variables"]["KEPT_HOST"] for name, f in functions.items()}
    led.pop("kept-migrate")
    assert led == {name: {"Fn::GetAtt": [f"Kept{server}", "Endpoint.Address"]} for name, server in hosts.items()}
