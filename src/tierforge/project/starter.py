"""A pattern's name, turned into the commented blueprint that a user begins with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tierforge.blueprint.schema import default_runtime, published, versions
from tierforge.blueprint.source import load
from tierforge.components import Catalog, bundled_catalog
from tierforge.diagnostics import TierforgeError, UsageError
from tierforge.quoting import yaml_scalar
from tierforge.template.render import environment, rendered

BLUEPRINT = "app.yaml"
SCHEMA = "tierforge.schema.json"  # beside the blueprint, which names it in its first line
NAME = re.compile(r"[a-z](-?[a-z0-9])+\Z")
FALLBACK = "my-app"


@dataclass(frozen=True)
class Starter:
    """What `tierforge new` was asked for; `origin` is a blueprint to copy instead of the pattern's."""

    pattern: str
    folder: Path
    name: str = ""
    runtime: str = ""
    origin: Path | None = None


def write_starter(wanted: Starter) -> list[Path]:
    """Write the blueprint and its schema; gives both paths.

    Raises UsageError where one of them exists, or where pattern, name or runtime are not known.
    """
    catalog = bundled_catalog()
    if wanted.pattern not in catalog.of("pattern"):
        known = ", ".join(catalog.of("pattern"))
        raise UsageError(f"there is no pattern {wanted.pattern!r}", f"known: {known}")
    name = wanted.name or proposed_name(wanted.folder)
    if not (3 <= len(name) <= 30 and NAME.match(name)):
        hint = "3 to 30 lower-case letters and digits, single hyphens between them, a letter first"
        raise UsageError(f"an application can't be called {name!r}", hint)
    if wanted.runtime and wanted.runtime not in versions(catalog):
        raise UsageError(f"there is no runtime {wanted.runtime!r}", f"known: {', '.join(versions(catalog))}")
    text = _copied(wanted, name) if wanted.origin else _commented(wanted, name, catalog)
    schema = json.dumps(published(catalog), indent=2) + "\n"
    return [_created(wanted.folder / BLUEPRINT, text), _written(wanted.folder / SCHEMA, schema)]


def answered(wanted: Starter, ask: Callable[..., str]) -> Starter:
    """`wanted` with what `ask` is told about what matters most; it takes a question and a `default`."""
    name = ask("Name of the application", default=wanted.name or proposed_name(wanted.folder))
    runtime = ask(f"Lambda runtime ({', '.join(runtimes())})", default=wanted.runtime or runtimes()[0])
    return replace(wanted, name=name, runtime=runtime)


def proposed_name(folder: Path) -> str:
    """The name of `folder`, made valid for an application; my-app where nothing of it can be used."""
    words = re.findall(r"[a-z0-9]+", folder.resolve().name.lower())
    name = re.sub(r"^[^a-z]+", "", "-".join(words))[:30].strip("-")
    return name if NAME.match(name) and len(name) >= 3 else FALLBACK


def runtimes() -> list[str]:
    """The Lambda runtimes that a blueprint may name, the one that is taken where it names none first."""
    catalog = bundled_catalog()
    return list(dict.fromkeys([default_runtime(catalog), *versions(catalog)]))


def _commented(wanted: Starter, name: str, catalog: Catalog) -> str:
    context = {"name": name, "runtime": wanted.runtime, "schema": SCHEMA}
    return rendered(environment(catalog), f"pattern/{wanted.pattern}/app.yaml.j2", context)


def _copied(wanted: Starter, name: str) -> str:
    """The text of another blueprint with this application's name in it; everything else stays."""
    source = load(str(wanted.origin))
    span = source.span(["name"])
    if "name" not in source.data:
        raise UsageError(f"{wanted.origin} has no name to replace", "add `name:` to it")
    lines = list(source.text.lines)
    line = lines[span.line - 1]
    start = span.column - 1
    lines[span.line - 1] = line[:start] + yaml_scalar(name) + line[start + span.length :]
    return "".join(lines)


def _created(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists already", "choose another folder, or edit it") from None
    except OSError as fault:
        raise _unwritable(path, fault) from None
    return path


def _written(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as fault:
        raise _unwritable(path, fault) from None
    return path


def _unwritable(path: Path, fault: OSError) -> TierforgeError:
    return UsageError(f"can't write {path}: {fault.strerror or fault}")
