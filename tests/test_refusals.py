"""What AWS refuses, cell by cell: each is told at its place, with the way out. tests/refusals/ holds the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tierforge.blueprint.environments import environments, merged
from tierforge.blueprint.source import Source, parse
from tierforge.components import Catalog
from tierforge.diagnostics import BlueprintError
from tierforge.pipeline import project_of

TABLES = Path(__file__).parent / "refusals"
BASE = {
    "name": "box-office",
    "pattern": "mobile-backend",
    "resources": {"tickets": {"operations": ["list", "create", "read"], "data_store": "tickets", "owner": True}},
    "data_stores": {"tickets": {"type": "dynamodb"}},
}
ROWS = [row for table in sorted(TABLES.glob("*.yaml")) for row in yaml.safe_load(table.read_text("utf-8"))]


def source_of(row: dict[str, Any]) -> Source:
    """The base blueprint with what the row says laid over it."""
    return parse("app.yaml", yaml.safe_dump(merged(BASE, row["says"]), sort_keys=False))


def render(source: Source) -> None:
    for name, own in environments(source).items():
        project_of(own, Catalog(), name, linted=False)


@pytest.mark.parametrize("row", ROWS, ids=[row["cell"] for row in ROWS])
def test_a_cell_is_refused_at_its_place(row: dict[str, Any]) -> None:
    source = source_of(row)
    with pytest.raises(BlueprintError) as refused:
        render(source)
    (found,) = (d for d in refused.value.diagnostics if d.severity == "error")
    assert found.message == row["message"]
    assert found.hint
    assert found.span in (source.span(row["at"]), source.span(row["at"], of="key"))


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
