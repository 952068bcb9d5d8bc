"""docs/capabilities.md is what the components say, and every capability is shown by a blueprint that asks for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.rendered import BLUEPRINTS, ROOT
from tierforge.components import Catalog

sys.path.insert(0, str(ROOT / "tools"))
import whitepaper
from capabilities import PAGE, capabilities, gone, page
from whitepaper import Lenient, asks

ENTRIES = [entry for said in capabilities(CATALOG).values() for entry in said]
SHOWN = {path.stem: path for path in BLUEPRINTS.values()}


@pytest.mark.parametrize(("path", "made"), [(PAGE, page), (whitepaper.PAGE, whitepaper.page)])
def test_the_page_is_current(path: Path, made: Callable[[Catalog], str], update_golden: bool) -> None:
    if update_golden:
        path.write_text(made(CATALOG), encoding="utf-8")
    assert path.read_text("utf-8") == made(CATALOG)


@pytest.mark.parametrize("entry", ENTRIES, ids=[str(entry["name"]) for entry in ENTRIES])
def test_a_capability_is_shown_by_a_blueprint_that_asks_for_it(entry: Mapping[str, Any]) -> None:
    shown = yaml.load(SHOWN[entry["shown"]].read_text("utf-8"), Loader=Lenient)
    for wanted in yaml.load_all(entry["say"], Loader=Lenient):
        assert asks(shown, wanted)


def test_what_nobody_can_ask_for_is_told_where_it_is_said() -> None:
    """Each has its row in tests/refusals/, which says it at a line and is told so."""
    tables = sorted((ROOT / "tests" / "refusals").glob("*.yaml"))
    told = {row.get("message") for table in tables for row in yaml.safe_load(table.read_text("utf-8"))}
    assert {why for _, why, _ in gone(CATALOG)} - told == set()


STATEMENTS = [said for chapter in whitepaper.statements().values() for said in chapter]
HAD = [said for said in STATEMENTS if "gone" not in said]


@pytest.mark.parametrize("said", HAD, ids=[said["name"] for said in HAD])
def test_what_the_whitepaper_names_is_in_a_recorded_template(said: Mapping[str, Any]) -> None:
    assert whitepaper.shown_in(said)


def test_what_nobody_can_have_is_told() -> None:
    refused = " ".join(name for name, _, _ in gone(CATALOG))
    assert [said["gone"] for said in STATEMENTS if said.get("gone", "") not in refused] == []
