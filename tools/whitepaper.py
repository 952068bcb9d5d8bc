"""What the whitepaper says that one can have, and the blueprint that shows it: python tools/whitepaper.py

tools/whitepaper.yaml has the statements; which blueprint of the repository shows each is found here, and written to
docs/whitepaper.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from capabilities import gone

from tierforge.components import Catalog, bundled_catalog
from tierforge.data_files import read_yaml

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "whitepaper.md"
GOLDEN = ROOT / "tests" / "golden"
FOLDERS = ("blueprints", "tests/blueprints")
ANY = "<"  # begins a name or a value of the reader's own
GUIDES = "https://docs.aws.amazon.com/whitepapers/latest"
WHITEPAPER = f"{GUIDES}/serverless-multi-tier-architectures-api-gateway-lambda/welcome.html"
HEAD = f"""# The whitepaper, line by line

What AWS's [whitepaper on serverless multi-tier architectures]({WHITEPAPER})
says that one can have, in our words; the lines of a blueprint that ask for it; and a blueprint that shows it, whose
template is recorded in [tests/golden](../tests/golden) and checked by every run of the tests. What can't be had is told
[with its reason](capabilities.md#what-nobody-can-ask-for). `make golden` makes this page anew.
"""


class Lenient(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their plain values."""


def _as_text(_loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> str:
    return str(node.value)


Lenient.add_multi_constructor("!", _as_text)


def asks(blueprint: Any, wanted: Any) -> bool:
    """Whether a blueprint says what `wanted` says; `<name>` in it stands for anything."""
    if isinstance(wanted, Mapping):
        return isinstance(blueprint, Mapping) and all(
            any(asks(own, value) for name, own in blueprint.items() if key.startswith(ANY) or key == name)
            for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        if not isinstance(blueprint, list):
            return False
        return all(any(asks(own, item) for own in blueprint) for item in wanted)
    return bool(blueprint == wanted) or (isinstance(wanted, str) and wanted.startswith(ANY))


def statements() -> dict[str, list[Mapping[str, Any]]]:
    """The statements by chapter."""
    found: dict[str, list[Mapping[str, Any]]] = read_yaml(Path(__file__).with_name("whitepaper.yaml"))
    return found


def shown_in(said: Mapping[str, Any]) -> list[str]:
    """The blueprints that say it and whose recorded templates have what it makes: those of patterns first."""
    wanted = yaml.load(said["say"], Loader=Lenient)
    asking = [name for name, blueprint in _blueprints() if asks(blueprint, wanted)]
    return [name for name in asking if set(said["makes"]) <= _types(name)]


@cache
def _types(name: str) -> set[str]:
    """The types of resources in all recorded templates of a blueprint."""
    recorded = [
        path for folder in (name, f"{name}@*", f"{name}+*") for path in GOLDEN.glob(f"{folder}/**/template.yaml")
    ]
    return {
        found for path in recorded for found in re.findall(r"^ +Type: (\S+)$", path.read_text("utf-8"), re.MULTILINE)
    }


@cache
def _blueprints() -> list[tuple[str, Any]]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.yaml"))]
    return [(path.stem, yaml.load(path.read_text("utf-8"), Loader=Lenient)) for path in paths]


def page(catalog: Catalog) -> str:
    """The whole page as Markdown."""
    why = {name.rpartition(": ")[2].rpartition(".")[2]: message for name, message, _ in gone(catalog)}
    lines = [HEAD]
    for chapter, said in statements().items():
        lines += [f"## {chapter}\n", "| what | lines of a blueprint | shown in |", "|---|---|---|"]
        for each in said:
            if "gone" in each:
                lines.append(f"| {each['name']} | none: {why[each['gone']]} | |")
            else:
                shown = shown_in(each) or ["not there yet"]
                lines.append(f"| {each['name']} | `{each['say']}` | {shown[0]} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(bundled_catalog()), encoding="utf-8")
