"""Every blueprint of the repository, rendered and linted once a session."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from support.catalog import CATALOG
from tierforge.blueprint.environments import environments, merged
from tierforge.blueprint.schema import compose
from tierforge.blueprint.services import services
from tierforge.blueprint.source import load, parse
from tierforge.pipeline import Application
from tierforge.projects import Project, project_of
from tierforge.stack.companions import REGIONS
from tierforge.system import System, system
from tierforge.template.lint import Finding, lint

ROOT = Path(__file__).parents[2]
AT = "@"  # between a blueprint's name and that of its environment
OF = "+"  # between a blueprint's name and that of one of its services, or of what they share
BELOW = "/"  # between the name of a stack and what one beside it is called


def _names(folder: Path) -> dict[str, Path]:
    """The blueprints of a folder by name; one with environments or services stands there once for each."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        for environment, source in environments(load(str(path)), compose(CATALOG)).items():
            for service in services(source, environment, compose(CATALOG)) or [""]:
                found[path.stem + (service and OF + service) + (environment and AT + environment)] = path
    return found


PATTERNS = _names(ROOT / "blueprints")
PATTERN_FILES = {path.stem: path for path in PATTERNS.values()}
VARIANTS = _names(ROOT / "tests" / "blueprints")
BLUEPRINTS = PATTERNS | VARIANTS
GOLDEN = ROOT / "tests" / "golden"
# The stacks that stand beside those of blueprints, as they are recorded: site/edge.
BESIDE = {
    f"{name}{BELOW}{member}": path
    for name, path in BLUEPRINTS.items()
    for member in REGIONS
    if (GOLDEN / name / member / "template.yaml").exists()
}
TEMPLATES = BLUEPRINTS | BESIDE
_TELLING = """
    all-stores amplify aurora cached-table caches data-api documents dsql edge engines files functions graphs
    group-roles http-authorizer http-cognito http-iam http-integrations image in-memory integrations lambda-authorizer
    live-measurements machines openapi organisation own-data own-servers private-domain proxy services+platform
    sharded-documents shifting single-page-app/edge static-page tables usage-plans warehouses workers
"""
# The patterns, and as few others as hold together what any template says of any type of resource: what the suite shows
# to cfn-lint and its like, which take seconds for each. `make check-all` shows them all.
TELLING = {*PATTERNS, *_TELLING.split()}


@cache
def _system(path: Path) -> System:
    return system(str(path), CATALOG, cached=False, linted=False)


def _application(name: str) -> Application:
    """The application of the blueprint, and service, `name`."""
    return _system(BLUEPRINTS[name]).of(name.partition(AT)[0].partition(OF)[2])


@cache
def rendered(name: str) -> Project:
    """The project of the blueprint `name`, or a stack beside its own, not linted; the same object for whoever asks."""
    blueprint, _, member = name.partition(BELOW)
    made = _application(blueprint).of(blueprint.partition(AT)[2])
    return next(each for each in made.companions if each.blueprint.member == member) if member else made


def readme(name: str) -> str:
    """The README of the project of the blueprint `name`."""
    return next(file.text for file in _application(name).documents if file.path == "README.md")


def variant(name: str, **more: Any) -> Project:
    """The project of a blueprint without environments, with `more` laid over what it says."""
    said = merged(yaml.safe_load(BLUEPRINTS[name].read_text(encoding="utf-8")), more)
    return project_of(parse("app.yaml", yaml.safe_dump(said, sort_keys=False)), CATALOG, cached=False, linted=False)


@cache
def findings(name: str) -> tuple[Finding, ...]:
    """What cfn-lint finds in the template of the blueprint `name`, at all levels."""
    made = rendered(name)
    return tuple(lint(made.template.text, made.blueprint.region, cache=False))
