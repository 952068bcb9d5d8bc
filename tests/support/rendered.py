"""Every blueprint of the repository, rendered and linted once a session."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tierforge.pipeline import Project, project
from tierforge.template.lint import Finding, lint

ROOT = Path(__file__).parents[2]
PATTERNS = {path.stem: path for path in sorted((ROOT / "blueprints").glob("*.yaml"))}
VARIANTS = {path.stem: path for path in sorted((ROOT / "tests" / "blueprints").glob("*.yaml"))}
BLUEPRINTS = PATTERNS | VARIANTS


@cache
def rendered(name: str) -> Project:
    """The project of the blueprint `name`, not linted; the same object for whoever asks."""
    return project(str(BLUEPRINTS[name]), cached=False, linted=False)


@cache
def findings(name: str) -> tuple[Finding, ...]:
    """What cfn-lint finds in the template of the blueprint `name`, at all levels."""
    made = rendered(name)
    return tuple(lint(made.template.text, made.blueprint.region, cache=False))
