"""A blueprint's text, rendered without lint, with all its environments and the documents that they share."""

from __future__ import annotations

from tierforge.blueprint.source import parse
from tierforge.components import Catalog
from tierforge.pipeline import Application, application_of
from tierforge.projects import Project


def whole(text: str, catalog: Catalog) -> Application:
    """Everything that the blueprint comes to."""
    return application_of(parse("app.yaml", text), catalog, linted=False)


def last_project(text: str, catalog: Catalog) -> Project:
    """The project of the blueprint, or of its last environment, which lies over the most."""
    return whole(text, catalog).projects[-1]
