"""Folders under `templates/<kind>/<name>/`, turned into components."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from tierforge.data_files import read_yaml_files
from tierforge.diagnostics import TemplateBug
from tierforge.model import Component, Options
from tierforge.quoting import md


def bundled(folder: str) -> Path:
    """`templates` or `blueprints` of tierforge: beside the package when installed, else in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / folder
    return installed if installed.is_dir() else package.parent.parent / folder


# What `when` may ask of a value beside equality.
TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "above": lambda value, bound: isinstance(value, (int, float)) and value > bound,
    "contains": lambda value, item: isinstance(value, list) and item in value,
    "names": lambda value, item: isinstance(value, (list, dict)) and item in value,
    "outside": lambda value, domain: isinstance(value, str) and not value.endswith(f".{domain}"),
    "matches": lambda value, pattern: isinstance(value or "", str) and re.search(pattern, value or "") is not None,
}

FACT_WORDS = ("when", "from_options", "with_options")  # what an entry of `facts` says beside facts
OPTION = re.compile(r"(?<!\$)\{([\w.]+)\}")


class Catalog:
    """Every component below the folder `root`."""

    def __init__(self, root: Path, *, cached: bool = True) -> None:
        self.root = root
        self._cached = cached

    @cached_property
    def _found(self) -> dict[str, dict[str, Component]]:
        found: dict[str, dict[str, Component]] = {}
        for file, data in _read(sorted(self.root.glob("*/*/component.yaml")), self._cached).items():
            folder = file.parent
            kind, name = folder.parent.name, folder.name
            files = tuple(sorted(_files(folder)))
            found.setdefault(kind, {})[name] = Component(kind, name, str(folder), data or {}, files)
        return {kind: {name: _extended(c, own) for name, c in own.items()} for kind, own in found.items()}

    @cached_property
    def _offered(self) -> dict[str, dict[str, Component]]:
        """What a blueprint can name: a component that is only there for others to extend is left out."""
        return {
            kind: {name: component for name, component in own.items() if not component.data.get("abstract")}
            for kind, own in self._found.items()
        }

    def kinds(self) -> list[str]:
        """The names of the folders that hold components."""
        return list(self._found)

    def of(self, kind: str) -> Mapping[str, Component]:
        """The components of a kind that a blueprint can name, by name; empty where there is none."""
        return self._offered.get(kind, {})

    def get(self, kind: str, name: str) -> Component:
        """One component. Raises TemplateBug where the folder is missing."""
        try:
            return self._found[kind][name]
        except KeyError:
            raise TemplateBug(f"there is no component {kind}/{name} under {self.root}") from None

    def all(self) -> Iterator[Component]:
        """Every component, by kind and name."""
        for components in self._found.values():
            yield from components.values()


@cache
def bundled_catalog(*, cached: bool = True) -> Catalog:
    """tierforge's own components: the same catalog for whoever asks."""
    return Catalog(bundled("templates"), cached=cached)


def notes_of(component: Component, options: Options, kind: str = "notes") -> list[str]:
    """What the people who call have to know, in Markdown; `{option}` stands for what the blueprint says.

    Of the `kind` advice it is what only those have to know who operate the application.
    """
    values = {name: md(str(value)) for name, value in options.items()}
    said = component.data.get(kind, ())
    return [note["say"].format(**values) for note in said if holds(note.get("when", {}), options)]


def facts(component: Component, options: Options) -> dict[str, Any]:
    """What `component` says of itself under `options`: its entries in order, later ones win.

    An entry may carry `when`: {option: value}; see `holds`. Its `from_options` are facts that options say, its
    `with_options` texts in which {option} stands for what one says (`${…}` is left to CloudFormation).
    """
    result: dict[str, Any] = {}
    for entry in component.data.get("facts", []):
        if holds(entry.get("when", {}), options):
            result.update({key: value for key, value in entry.items() if key not in FACT_WORDS})
            result.update({fact: dig(options, option) for fact, option in entry.get("from_options", {}).items()})
            texts = entry.get("with_options", {}).items()
            result.update({fact: OPTION.sub(lambda m: str(dig(options, m[1])), text) for fact, text in texts})
    return result


def holds(when: Mapping[str, Any] | Sequence[Mapping[str, Any]], options: Options) -> bool:
    """Whether each option has the value (or one of the listed values) that `when` names; of a list, any of its maps.

    `present` and `absent` ask only whether it is set, {above: n} for a number larger than n or than that of the
    option n, {matches: pattern} for a text (an absent one is empty), {outside: n} for a name that is not below the
    domain in the option n, {contains: item} for a list, {names: n} for a list, or keys of a map, with what the option
    n says. A dotted name goes into nested options.
    """
    if not isinstance(when, Mapping):
        return any(holds(each, options) for each in when)
    return all(_matches(dig(options, name), wanted, options) for name, wanted in when.items())


def _matches(value: Any, wanted: Any, options: Any) -> bool:
    if wanted == "present":
        return value is not None
    if wanted == "absent":
        return value is None
    if isinstance(wanted, Mapping):
        return all(TESTS[test](value, _bound(test, bound, options)) for test, bound in wanted.items())
    return value in wanted if isinstance(wanted, list) else bool(value == wanted)


def _bound(test: str, bound: Any, options: Any) -> Any:
    """What a test holds a value against: what `when` says, or what the option says that it names there."""
    if test == "above" and isinstance(bound, str):
        option, _, less = bound.partition(" - ")
        return dig(options, option) - int(less) if less else dig(options, option)
    return dig(options, bound) if test in ("names", "outside") else bound


def dig(options: Any, dotted: str) -> Any:
    """What stands at a dotted name in nested `options`; None where nothing does."""
    for step in dotted.split("."):
        options = options.get(step) if isinstance(options, Mapping) else None
    return options


def _read(files: Sequence[Path], cached: bool) -> Mapping[Path, Any]:
    try:
        return read_yaml_files(files, cached=cached)
    except yaml.YAMLError as fault:
        raise TemplateBug(f"a component is not valid YAML: {fault}") from None


def _extended(component: Component, others: Mapping[str, Component]) -> Component:
    """`component` with the keys and files that it lacks from the one of its kind that it `extends`, if it does."""
    base = others.get(component.data.get("extends", ""))
    if base is None:
        return component
    inherited = {file: base.name for file in base.files if file not in component.files}
    files = tuple(sorted((*component.files, *inherited)))
    options = {**base.data.get("options", {}), **component.data.get("options", {})}
    options = {name: said for name, said in options.items() if said}
    data = {**base.data, "abstract": None, **component.data, "options": options}
    own = {key: said for key, said in data.items() if said is not None}
    return replace(component, data=own, files=files, inherited=inherited)


def _files(folder: Path) -> Iterator[str]:
    """The files below `folder`, without the byte code that pip makes of handlers when it installs them."""
    root = str(folder)
    for path, _, names in os.walk(root):
        if "__pycache__" not in path:
            below = path[len(root) + 1 :].replace(os.sep, "/")
            yield from (f"{below}/{name}" if below else name for name in names)
