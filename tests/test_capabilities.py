"""docs/capabilities.md is what the components say, and every capability is shown by a blueprint that asks for it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.rendered import BLUEPRINTS, ROOT

sys.path.insert(0, str(ROOT / "tools"))
from capabilities import PAGE, capabilities, gone, page

ENTRIES = [entry for said in capabilities(CATALOG).values() for entry in said]
SHOWN = {path.stem: path for path in BLUEPRINTS.values()}
ANY = "<"  # begins a name or a value of the reader's own


def asks(blueprint: Any, wanted: Any) -> bool:
    """Whether a blueprint says what `wanted` says; `<name>` in it stands for anything."""
    if isinstance(wanted, Mapping):
        return isinstance(blueprint, Mapping) and all(
            any(asks(own, value) for name, own in blueprint.items() if key.startswith(ANY) or key == name)
            for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(blueprint, list) and all(any(asks(own, item) for own in blueprint) for item in wanted)
    return bool(blueprint == wanted) or (isinstance(wanted, str) and wanted.startswith(ANY))


def test_the_page_is_current(update_golden: bool) -> None:
    if update_golden:
        PAGE.write_text(page(CATALOG), encoding="utf-8")
    assert PAGE.read_text("utf-8") == page(CATALOG)


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


class Lenient(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their plain values."""


def _as_text(_loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> str:
    return str(node.value)


Lenient.add_multi_constructor("!", _as_text)
