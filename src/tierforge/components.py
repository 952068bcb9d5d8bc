"""Folders under `templates/<kind>/<name>/`, turned into components."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tierforge import cache
from tierforge.diagnostics import TemplateBug
from tierforge.model import Component, Options

try:
    from yaml import CSafeLoader as Loader
except ImportError:
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


def bundled(folder: str) -> Path:
    """`templates` or `blueprints` of tierforge: beside the package when installed, else in the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / folder
    return installed if installed.is_dir() else package.parent.parent / folder


class Catalog:
    """Every component below a folder (by default tierforge's own `templates/`).

    What their files say is kept in the user's cache folder unless `cached` is false.
    """

    def __init__(self, root: Path | None = None, *, cached: bool = True) -> None:
        self.root = root or bundled("templates")
        self.cached = cached

    @cached_property
    def _found(self) -> dict[str, dict[str, Component]]:
        found: dict[str, dict[str, Component]] = {}
        files = sorted(self.root.glob("*/*/component.yaml"))
        for file, data in zip(files, _contents(files, cached=self.cached), strict=True):
            component = _component(file, data)
            found.setdefault(component.kind, {})[component.name] = component
        return found

    def kinds(self) -> list[str]:
        """The names of the folders that hold components."""
        return list(self._found)

    def of(self, kind: str) -> Mapping[str, Component]:
        """The components of a kind, by name; empty where there is none."""
        return self._found.get(kind, {})

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


def facts(component: Component, options: Options) -> dict[str, Any]:
    """What `component` says of itself under `options`: its entries in order, later ones win.

    An entry may carry `when`: {option: value}; see `holds`.
    """
    result: dict[str, Any] = {}
    for entry in component.data.get("facts", []):
        if holds(entry.get("when", {}), options):
            result.update({key: value for key, value in entry.items() if key != "when"})
    return result


def holds(when: Mapping[str, Any], options: Options) -> bool:
    """Whether each option has the value (or one of the listed values) that `when` names.

    `present` and `absent` ask only whether it is set. A dotted name goes into nested options.
    """
    return all(_matches(_dig(options, name), wanted) for name, wanted in when.items())


def _matches(value: Any, wanted: Any) -> bool:
    if wanted == "present":
        return value is not None
    if wanted == "absent":
        return value is None
    return value in wanted if isinstance(wanted, list) else bool(value == wanted)


def _dig(options: Any, dotted: str) -> Any:
    for step in dotted.split("."):
        options = options.get(step) if isinstance(options, Mapping) else None
    return options


def _contents(files: Sequence[Path], *, cached: bool) -> list[dict[str, Any]]:
    """What each file says. Parsing them all is a tenth of a render: texts that were parsed before are not again."""
    texts = [file.read_text(encoding="utf-8") for file in files]
    key = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    stored = cache.load("components", key) if cached else None
    if isinstance(stored, list) and len(stored) == len(files):
        return stored
    parsed = [_parsed(file, text) for file, text in zip(files, texts, strict=True)]
    if cached and json.loads(json.dumps(parsed, default=str)) == parsed:  # else JSON would change it
        cache.store("components", key, parsed)
    return parsed


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return yaml.load(text, Loader=Loader) or {}
    except yaml.YAMLError as fault:
        raise TemplateBug(f"{file} is not valid YAML: {fault}") from None


def _component(file: Path, data: Mapping[str, Any]) -> Component:
    folder = file.parent
    files = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))
    return Component(folder.parent.name, folder.name, str(folder), data, files)
