"""A blueprint's text, rendered without lint: every service, environment and stack of it."""

from __future__ import annotations

from collections.abc import Iterator

from tierforge.blueprint.source import parse
from tierforge.components import Catalog
from tierforge.projects import Project
from tierforge.system import System, system_of


def whole(text: str, catalog: Catalog) -> System:
    """Everything that the blueprint comes to."""
    return system_of(parse("app.yaml", text), catalog, linted=False)


def stacks(system: System) -> Iterator[Project]:
    """Every stack of it."""
    for application in system.applications:
        yield from application.stacks


def last_stacks(system: System) -> Iterator[Project]:
    """Of each application those of its last environment, which lies over the most."""
    for application in system.applications:
        project = application.projects[-1]
        yield from (*project.companions, project)
