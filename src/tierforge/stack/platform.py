"""What several services share, turned into a stack: no API and no function is in it."""

from __future__ import annotations

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.diagnostics import BlueprintError, has_errors
from tierforge.model import Component, Part, Stack
from tierforge.stack.checks import refusals
from tierforge.stack.domains import domain_faults, region_faults
from tierforge.stack.parts import joint, pattern_of, tier_order
from tierforge.stack.security import account_faults, guarding, guardrails_of
from tierforge.stack.shared_network import shared_network

NO_API = Component("api", "", "", {"title": "no API", "slots": {}}, ())  # where a stack has none


def platform_of(blueprint: Blueprint, catalog: Catalog) -> Stack:
    """The stack that services share: a domain where the blueprint has one, a VPC where services need one, and each
    component of kind `platform`.

    Raises BlueprintError with all that AWS would refuse and the blueprint can be blamed for.
    """
    here = blueprint.source.span(["services"], of="key")
    network, told = shared_network(blueprint, catalog)
    parts = [
        pattern_of(blueprint, catalog),
        *joint(blueprint, catalog, "domain"),
        *([network.part] if network else []),
        *(Part(component, name, here) for name, component in catalog.of("platform").items()),
    ]
    guardrails = guarding(guardrails_of(blueprint, catalog), parts, blueprint)
    parts.append(guardrails)
    found = [
        *refusals(parts, blueprint),
        *domain_faults(parts, blueprint),
        *region_faults(parts, blueprint),
        *account_faults(parts, blueprint),
        *told,
    ]
    if has_errors(found):
        raise BlueprintError([fault for fault in found if fault.severity == "error"])
    return Stack(
        name=blueprint.stack_name,
        stages=(),
        parts=tuple(tier_order(parts)),
        api=Part(NO_API, "", here),
        auths=(),
        resources=(),
        routes=(),
        functions=(),
        stores=(),
        queues=(),
        network=network,
        guardrails=guardrails,
        notes=tuple(found),
    )
