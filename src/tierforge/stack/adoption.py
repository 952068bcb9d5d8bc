"""Stores that stand already (`existing`), held against what else the blueprint says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.schema import options_schema
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part
from tierforge.stack.functions import said_at

EXISTING = "existing"


def adoption_faults(stores: Iterable[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Options that shape what is not made, and stores in a VPC that the blueprint would make anew.

    What a component lists under `adopts` can be said beside `existing`: functions go by it, whoever made the store.
    """
    for store in (store for store in stores if store.adopted):
        inside = options_schema(store.component)[EXISTING]["properties"]
        kept = ("type", EXISTING, *store.component.data["adopts"])
        for option in said_at(store.where, blueprint):
            if option not in kept:
                message = f"{option!r} shapes a store that is made, and {store.name!r} stands already"
                hint = f"say it below `{EXISTING}`" if option in inside else "leave it out: set it where it was made"
                yield Diagnostic(message, blueprint.source.span([*store.where, option], of="key"), hint)
        if store.facts.get("vpc") and not isinstance(blueprint.data["network"]["vpc"], Mapping):
            message = f"which VPC {store.name!r} is in isn't said: functions reach it from there"
            place = blueprint.source.span([*store.where, EXISTING], of="key")
            yield Diagnostic(message, place, "say network: {vpc: {vpc_id, private_subnet_ids}}")
