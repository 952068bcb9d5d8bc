"""A blueprint's text, rendered without lint: as it is, or as the last of its environments."""

from __future__ import annotations

from tierforge.blueprint.blueprint import check_environments
from tierforge.blueprint.environments import environments
from tierforge.blueprint.source import parse
from tierforge.components import Catalog
from tierforge.pipeline import Project, project_of


def last_project(text: str, catalog: Catalog) -> Project:
    """The project of the blueprint, or of its last environment, which lies over the most."""
    source = parse("app.yaml", text)
    check_environments(source, catalog)
    name, own = list(environments(source).items())[-1]
    return project_of(own, catalog, name, linted=False)
