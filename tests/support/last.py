"""A blueprint's text, rendered without lint, with all its environments and the documents that they share.

Of several services it is the last: all of them are rendered.
"""

from __future__ import annotations

from tierforge.blueprint.source import parse
from tierforge.components import Catalog
from tierforge.pipeline import Application
from tierforge.projects import Project
from tierforge.system import system_of


def whole(text: str, catalog: Catalog) -> Application:
    """Everything that the blueprint comes to."""
    return system_of(parse("app.yaml", text), catalog, linted=False).applications[-1]


def last_project(text: str, catalog: Catalog) -> Project:
    """The project of the blueprint, or of its last environment, which lies over the most."""
    return whole(text, catalog).projects[-1]
