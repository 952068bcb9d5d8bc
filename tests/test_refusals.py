"""What AWS refuses, cell by cell: each is told at its place, with the way out. tests/refusals/ holds the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from tierforge.blueprint.environments import environments, merged
from tierforge.blueprint.schema import compose
from tierforge.blueprint.source import SERVICES, Source, parse
from tierforge.diagnostics import BlueprintError
from tierforge.projects import project_of
from tierforge.system import system_of

TABLES = Path(__file__).parent / "refusals"
VPC, LONG = "vpc-12345678", "x" * (300 * 1024 + 1)
BASE = {
    "name": "box-office",
    "pattern": "mobile-backend",
    "resources": {"tickets": {"operations": ["list", "create", "read"], "data_store": "tickets", "owner": True}},
    "data_stores": {"tickets": {"type": "dynamodb"}},
}
ROWS = [row for table in sorted(TABLES.glob("*.yaml")) for row in yaml.safe_load(table.read_text("utf-8"))]
# What takes many lines to cross.
ROWS += [
    {
        "cell": "stage variable, value of 513 characters",
        "says": {"stages": {"prod": {"variables": {"motto": "x" * 513}}}},
        "at": ["stages", "prod", "variables", "motto"],
        "message": f"motto: '{'x' * 57}...' can't be used",
    },
    {
        "cell": "description of 251 characters",
        "says": {"description": "x" * 251},
        "at": ["description"],
        "message": "description: at most 250 characters, got 251",
    },
    {
        "cell": "DynamoDB, 21 indexes",
        "says": {
            "data_stores": {"tickets": {"indexes": {f"by-{n}-show": {"partition_key": f"a{n}"} for n in range(21)}}}
        },
        "at": ["data_stores", "tickets", "indexes"],
        "message": "indexes: at most 20 keys, got 21",
    },
    {
        "cell": "Cognito, 101 callback URLs",
        "says": {"auth": {"method": "cognito", "callback_urls": [f"https://{n}.example.com/" for n in range(101)]}},
        "at": ["auth", "callback_urls"],
        "message": "callback_urls: at most 100 entries, got 101",
    },
    {
        "cell": "functions in 17 subnets",
        "says": {"network": {"vpc": {"vpc_id": VPC, "private_subnet_ids": [f"subnet-{n:08x}" for n in range(17)]}}},
        "at": ["network", "vpc", "private_subnet_ids"],
        "message": "private_subnet_ids: at most 16 entries, got 17",
    },
    {
        "cell": "resource policy of more than 8,192 characters",
        "says": {"api": {"allow_cidrs": [f"203.{100 + n // 100}.{100 + n % 100}.0/24" for n in range(500)]}},
        "at": ["api"],
        "message": "the resource policy of the API takes 9,773 characters; API Gateway allows 8,192",
    },
    {
        "cell": "mapping template of more than 300 KB",
        "says": {
            "resources": {
                "tickets": {
                    "routes": [{"route": "POST /x", "integration": {"type": "lambda-custom", "request_template": LONG}}]
                }
            }
        },
        "at": ["resources", "tickets", "routes", 0, "integration", "request_template"],
        "message": "request_template: at most 100000 characters, got 307201",
    },
    {
        "cell": "model of more than 400 KB",
        "says": {"resources": {"tickets": {"request_schema": {"type": "object", "description": LONG + LONG}}}},
        "at": ["resources", "tickets", "operations"],
        "message": "the schema of a body takes 614,436 bytes; API Gateway allows 409,600",
    },
]
REFUSED = [row for row in ROWS if "warning" not in row]
WARNED = [row for row in ROWS if "warning" in row]  # what AWS takes, and is worth a second thought


def source_of(row: dict[str, Any]) -> Source:
    """The base blueprint with what the row says laid over it."""
    return parse("app.yaml", yaml.safe_dump(merged(BASE, row["says"]), sort_keys=False))


def render(source: Source) -> None:
    if SERVICES in source.data:
        system_of(source, CATALOG, linted=False)
        return
    for name, own in environments(source, compose(CATALOG)).items():
        project_of(own, CATALOG, name, linted=False)


@pytest.mark.parametrize("row", REFUSED, ids=[row["cell"] for row in REFUSED])
def test_a_cell_is_refused_at_its_place(row: dict[str, Any]) -> None:
    source = source_of(row)
    with pytest.raises(BlueprintError) as refused:
        render(source)
    (found,) = (d for d in refused.value.diagnostics if d.severity == "error")
    assert found.message == row["message"]
    assert found.hint
    assert found.span in (source.span(row["at"]), source.span(row["at"], of="key"))


@pytest.mark.parametrize("row", WARNED, ids=[row["cell"] for row in WARNED])
def test_a_cell_is_rendered_and_warned_of_at_its_place(row: dict[str, Any]) -> None:
    source = source_of(row)
    notes = project_of(source, CATALOG, linted=False).stack.notes
    found = {note for note in notes if note.message == row["warning"] and note.severity == "warning"}
    assert found
    assert all(note.hint for note in found)
    assert {note.span for note in found} <= {source.span(row["at"]), source.span(row["at"], of="key")}


def test_every_cell_has_a_row_of_its_own() -> None:
    cells = [row["cell"] for row in ROWS]
    assert sorted(set(cells)) == sorted(cells)


def test_an_http_api_has_no_more_routes_than_its_quota() -> None:
    """301 routes beside the three of the base; where AWS raised the quota, they are taken."""
    says = {"api": {"type": "http"}, "resources": {"tickets": {"routes": [f"GET /r{n}" for n in range(301)]}}}
    source = source_of({"says": says})
    with pytest.raises(BlueprintError) as refused:
        render(source)
    (found,) = refused.value.diagnostics
    assert found.message == "the API has 304 routes; an HTTP API has at most 300"
    assert found.span == source.span(["api"], of="key")
    render(source_of({"says": says | {"limits": {"http_api_routes": 400}}}))
