"""Data stores that an authorizer's callers reach with their own credentials, turned into uses and grants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, dig
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part, Resource, Use
from tierforge.stack.authorization import subject
from tierforge.stack.resources import unknown_store

SLOT = "identity"  # of an authorizer that gives credentials; a store fills it with what a caller may do there
OPERATIONS = {"read": ("read",), "read-write": ("read", "write")}  # by access


def granted(auth: Part) -> Mapping[str, Mapping[str, Any]]:
    """What the callers of an authorizer may do with data stores, by the stores' names."""
    said = dig(auth.options, str(auth.component.data.get("reaches", ""))) or {}
    return {name: {"access": "read", "prefix": None, **(grant or {})} for name, grant in said.items()}


def reaching(auth: Part, stores: Mapping[str, Part]) -> Part:
    """`auth` with the stores that its callers reach: each fills a slot of it with what they may do there."""
    uses = [
        Use(replace(stores[name], view={**stores[name].view, "grant": grant}), SLOT, OPERATIONS[grant["access"]])
        for name, grant in granted(auth).items()
        if name in stores
    ]
    return replace(auth, uses=tuple(uses)) if uses else auth


def reached(store: Part, auths: Sequence[Part]) -> Part:
    """`store`, knowing what its callers may do there without a function."""
    own = [found for auth in auths for name, found in granted(auth).items() if name == store.name]
    operations = [OPERATIONS[grant["access"]] for grant in own]
    return replace(store, view={**store.view, "reached": sorted({each for some in operations for each in some})})


def reach_faults(
    auths: Sequence[Part],
    stores: Mapping[str, Part],
    resources: Sequence[Resource],
    blueprint: Blueprint,
    catalog: Catalog,
) -> Iterator[Diagnostic]:
    """Stores that are not there, or in which nothing tells a caller's part from the others'."""
    able = [name for name, each in catalog.of("data-store").items() if f"{SLOT}.yaml.j2" in each.files]
    for auth in auths:
        for name, grant in granted(auth).items():
            where = [*auth.where, *auth.component.data["reaches"].split("."), name]
            place = blueprint.source.span(where, of="key")
            yield from unknown_store(name, stores, place)
            store = stores.get(name)
            if store is None:
                continue
            if store.component.name not in able:
                message = f"credentials can't be narrowed to a caller's part of {name!r} ({store.component.name})"
                yield Diagnostic(message, place, f"reach it by a route of the API; they can for: {', '.join(able)}")
            elif grant["prefix"] and not store.facts.get("prefixes"):
                yield Diagnostic(f"{name!r} has no objects that a prefix could name", place, "leave `prefix` out")
            elif store.facts.get("callers_in_key"):
                yield from _key_faults(auth, store, resources, blueprint, where)


def _key_faults(
    auth: Part, store: Part, resources: Sequence[Resource], blueprint: Blueprint, where: Sequence[str | int]
) -> Iterator[Diagnostic]:
    """Items that don't belong to whoever has the credentials: their key begins with something else."""
    for resource in (resource for resource in resources if resource.store == store.name):
        first = resource.scope[0] if resource.scope else None
        if first is None or (first.source, first.name) != ("claim", subject(auth)):
            message = f"the items of {resource.name!r} don't belong to whoever has these credentials"
            hint = f"say `owner: true` at it, and let its routes ask for these credentials (auth: {auth.name})"
            place = blueprint.source.span(where, of="key")
            yield Diagnostic(message, place, hint, related=(resource.span,))
            return
