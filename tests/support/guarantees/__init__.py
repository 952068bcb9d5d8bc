"""What must hold in every template that is rendered, whatever the blueprint says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support.guarantees import (
    amplify,
    api,
    auth,
    data,
    files,
    firewall,
    functions,
    http_api,
    integrations,
    network,
    presentation,
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
    *amplify.GUARANTEES,
    *auth.GUARANTEES,
    *http_api.GUARANTEES,
    *firewall.GUARANTEES,
    *reach.GUARANTEES,
    *security.GUARANTEES,
    *traffic.GUARANTEES,
    *functions.GUARANTEES,
    *integrations.GUARANTEES,
    *network.GUARANTEES,
    *presentation.GUARANTEES,
    *values.GUARANTEES,
    *warehouses.GUARANTEES,
    *watching.GUARANTEES,
    *workers.GUARANTEES,
    *writing.GUARANTEES,
)

# What holds of a stack that stands beside the application's own.
BESIDE = (
    data.stores_are_encrypted,
    data.logs_end,
    data.data_stays_or_goes_as_the_blueprint_says,
    firewall.large_bodies_are_not_refused_in_silence,
    *writing.GUARANTEES,
    watching.stacks_count_by_themselves,
    *presentation.EDGE,
)


def guarantees(template: Mapping[str, Any], project: Project) -> Iterator[str]:
    """Every violation in `template` (plain data, intrinsic functions in full), which `project` was rendered to.

    What the blueprint writes itself (`extra_resources`) is its own business and not looked at.
    """
    view = View(template, project)
    if project.blueprint.member:
        yield from (f"{each.__name__}: {found}" for each in BESIDE for found in each(view))
        return
    others = {each for name, own in APIS.items() if name != project.stack.api.name for each in own}
    for guarantee in (each for each in GUARANTEES if each not in others):
        for violation in guarantee(view):
            yield f"{guarantee.__name__}: {violation}"
