"""What must hold in every template that is rendered, whatever the blueprint says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support.guarantees import api, data, firewall, functions, network, traffic, values, writing
from support.guarantees.view import View
from tierforge.pipeline import Project

GUARANTEES = (
    *data.GUARANTEES,
    *api.GUARANTEES,
    *firewall.GUARANTEES,
    *traffic.GUARANTEES,
    *functions.GUARANTEES,
    *network.GUARANTEES,
    *values.GUARANTEES,
    *writing.GUARANTEES,
)


def guarantees(template: Mapping[str, Any], project: Project) -> Iterator[str]:
    """Every violation in `template` (plain data, intrinsic functions in full), which `project` was rendered to.

    What the blueprint writes itself (`extra_resources`) is its own business and not looked at.
    """
    view = View(template, project)
    for guarantee in GUARANTEES:
        for violation in guarantee(view):
            yield f"{guarantee.__name__}: {violation}"
