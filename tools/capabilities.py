"""What tierforge can do, by component, as the table in docs/capabilities.md: python tools/capabilities.py

A component lists under `capabilities` what it does (`name`), the lines of a blueprint that ask for it (`say`) and
a blueprint of the repository that shows it (`shown`). What no single component does is in
templates/project/capabilities.yaml. What nobody can ask for any more, or yet, is what components say under `ended`
and `gone`, and their options under `x-gone` and `x-refused`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tierforge.components import Catalog, bundled_catalog
from tierforge.data_files import read_yaml

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "capabilities.md"
HEAD = """# What a blueprint can ask for

`<name>` stands for a name or a value of your own; a capability's blueprint is one of [blueprints](../blueprints) or
[tests/blueprints](../tests/blueprints), rendered and checked by every run of the tests. The table is made from the
components; `make golden` makes it anew. What AWS has ended, and what CloudFormation can't do, is
[at the end](#what-nobody-can-ask-for).
"""
GONE = """## What nobody can ask for

What AWS has ended or closed, and what no stack can make: a blueprint that says so is told the same, at its line.

| what a blueprint would say | why it can't be | instead |
|---|---|---|"""


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
    rows = [f"| {_cell(f'`{name}`')} | {_cell(why)} | {_cell(instead)} |" for name, why, instead in gone(catalog)]
    return "\n".join([*lines, GONE, *rows, ""])


def gone(catalog: Catalog) -> list[tuple[str, str, str]]:
    """What a blueprint can't say, each once: the words, why, and what to say or do instead."""
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    for component in catalog.all():
        where = f"{component.kind}/{component.name}"
        here = [(component.name, component.data["ended"])] if "ended" in component.data else []
        below = {"x-gone": component.data.get("gone", {}), "properties": component.data.get("options") or {}}
        for name, said in [*here, *_below(below)]:
            words = component.kind if "ended" in component.data else where
            found.setdefault((where, said["message"]), (f"{words}: {name}", said["message"], said["hint"]))
    return list(found.values())


def _below(schema: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """The options and values that a schema knows and refuses, at any depth."""
    if not isinstance(schema, Mapping):
        return
    for word, text in (("x-gone", "{path}{name}"), ("x-refused", "{path} {name}")):
        for name, said in schema.get(word, {}).items():
            yield text.format(path=path if word == "x-gone" else path.rstrip("."), name=name), said
    for name, option in schema.get("properties", {}).items():
        yield from _below(option, f"{path}{name}.")


def _cell(text: str) -> str:
    return text.replace("|", chr(92) + "|")


def _rows(said: list[Mapping[str, Any]]) -> Iterator[str]:
    for entry in said:
        lines = "<br>".join(f"`{line}`" for line in str(entry["say"]).strip().splitlines())
        yield f"| {entry['name']} | {lines.replace('|', chr(92) + '|')} | {entry['shown']} |"


if __name__ == "__main__":
    PAGE.write_text(page(bundled_catalog()), encoding="utf-8")
