"""Every blueprint of the repository, rendered and linted once a session."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tierforge.blueprint.environments import environments
from tierforge.blueprint.source import load
from tierforge.pipeline import Application, Project, application
from tierforge.template.lint import Finding, lint

ROOT = Path(__file__).parents[2]
AT = "@"  # between a blueprint's name and that of its environment


def _names(folder: Path) -> dict[str, Path]:
    """The blueprints of a folder by name; one with environments stands there once for each."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        for environment in environments(load(str(path))):
            found[path.stem + (AT + environment if environment else "")] = path
    return found


PATTERNS = _names(ROOT / "blueprints")
VARIANTS = _names(ROOT / "tests" / "blueprints")
BLUEPRINTS = PATTERNS | VARIANTS


@cache
def _application(path: Path) -> Application:
    return application(str(path), cached=False, linted=False)


@cache
def rendered(name: str) -> Project:
    """The project of the blueprint `name`, not linted; the same object for whoever asks."""
    return _application(BLUEPRINTS[name]).of(name.partition(AT)[2])


@cache
def findings(name: str) -> tuple[Finding, ...]:
    """What cfn-lint finds in the template of the blueprint `name`, at all levels."""
    made = rendered(name)
    return tuple(lint(made.template.text, made.blueprint.region, cache=False))
