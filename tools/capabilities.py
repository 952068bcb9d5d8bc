"""What tierforge can do, by component, as the table in docs/capabilities.md: python tools/capabilities.py

A component lists under `capabilities` what it does (`name`), the lines of a blueprint that ask for it (`say`) and
a blueprint of the repository that shows it (`shown`). What no single component does is in
templates/project/capabilities.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tierforge.components import Catalog
from tierforge.data_files import read_yaml

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "capabilities.md"
HEAD = """# What a blueprint can ask for

`<name>` stands for a name or a value of your own; a capability's blueprint is one of [blueprints](../blueprints) or
[tests/blueprints](../tests/blueprints), rendered and checked by every run of the tests. The table is made from the
components; `make golden` makes it anew.
"""


def capabilities(catalog: Catalog) -> dict[str, list[Mapping[str, Any]]]:
    """The capabilities by the component, or the chapter, that they belong to."""
    found = {str(c): list(c.data["capabilities"]) for c in catalog.all() if "capabilities" in c.data}
    shared = Path(catalog.root) / "project" / "capabilities.yaml"
    return {**(read_yaml(shared) if shared.is_file() else {}), **found}


def page(catalog: Catalog) -> str:
    """The whole page as Markdown."""
    lines = [HEAD]
    for chapter, said in capabilities(catalog).items():
        lines += [f"## {chapter}\n", "| what | lines of a blueprint | shown in |", "|---|---|---|"]
        lines += [*_rows(said), ""]
    return "\n".join(lines)


def _rows(said: list[Mapping[str, Any]]) -> Iterator[str]:
    for entry in said:
        lines = "<br>".join(f"`{line}`" for line in str(entry["say"]).strip().splitlines())
        yield f"| {entry['name']} | {lines.replace('|', chr(92) + '|')} | {entry['shown']} |"


if __name__ == "__main__":
    PAGE.write_text(page(Catalog()), encoding="utf-8")
