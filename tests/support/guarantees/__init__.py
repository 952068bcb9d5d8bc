"""What must hold in every template that is rendered, whatever the blueprint says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support.guarantees import (
    api,
    auth,
    data,
    files,
    firewall,
    functions,
    http_api,
    integrations,
    network,
    reach,
    security,
    traffic,
    values,
    warehouses,
    watching,
    workers,
    writing,
)
from support.guarantees.view import View
from tierforge.projects import Project

APIS = {"rest": api.GUARANTEES, "http": http_api.GUARANTEES}  # what holds of one type of API alone
GUARANTEES = (
    *data.GUARANTEES,
    *files.GUARANTEES,
    *api.GUARANTEES,
    *auth.GUARANTEES,
    *http_api.GUARANTEES,
    *firewall.GUARANTEES,
    *reach.GUARANTEES,
    *security.GUARANTEES,
    *traffic.GUARANTEES,
    *functions.GUARANTEES,
    *integrations.GUARANTEES,
    *network.GUARANTEES,
    *values.GUARANTEES,
    *warehouses.GUARANTEES,
    *watching.GUARANTEES,
    *workers.GUARANTEES,
    *writing.GUARANTEES,
)


def guarantees(template: Mapping[str, Any], project: Project) -> Iterator[str]:
    """Every violation in `template` (plain data, intrinsic functions in full), which `project` was rendered to.

    What the blueprint writes itself (`extra_resources`) is its own business and not looked at.
    """
    view = View(template, project)
    others = {each for name, own in APIS.items() if name != project.stack.api.name for each in own}
    for guarantee in (each for each in GUARANTEES if each not in others):
        for violation in guarantee(view):
            yield f"{guarantee.__name__}: {violation}"
