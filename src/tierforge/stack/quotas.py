"""What AWS lets one API have, held against what a stack's API consists of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part


def quota_faults(api: Part, parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """The quotas that `api` crosses, as its component lists them: of what role, how many, and who can raise it."""
    roles = Counter(part.role for part in parts if part.component is api.component)
    for quota in api.component.data.get("quotas", ()):
        raised = quota.get("limit")
        most = blueprint.data["limits"][raised] if raised else quota["most"]
        if roles[quota["role"]] > most:
            message = (
                f"the API has {roles[quota['role']]} {quota['what']}; {api.component.data['title']} has at most {most}"
            )
            more = f", or say `limits: {{{raised}: …}}` if AWS raised the quota" if raised else ""
            yield Diagnostic(message, blueprint.source.span(["api"], of="key"), f"split the API{more}")
