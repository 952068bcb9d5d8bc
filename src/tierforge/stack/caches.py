"""What resources say of a cache before their data store (`cache`), and what stores are that may forget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Part, Resource, Route, Use
from tierforge.stack.reach import granted
from tierforge.stack.resources import stores_named, unknown_store

CACHE, PRIMARY = "cache", "primary"
CHANGES = {"create", "update", "delete"}
DECLARE = "declare one under `data_stores`, of a type that caches (tierforge components data-store)"
TTL_SECONDS = 300  # that an item is kept where the blueprint says no other number


def cache_of(data: Mapping[str, Any]) -> tuple[str, int] | None:
    """The store that a resource says as its `cache`, and the seconds that it keeps an item; None without one."""
    said = data.get("cache")
    if said is None:
        return None
    return (said, TTL_SECONDS) if isinstance(said, str) else (said["store"], said["ttl_seconds"])


def cache_use(
    resource: Resource, operations: tuple[str, ...], stores: Mapping[str, Part], blueprint: Blueprint
) -> Iterator[Use]:
    """What a function that does `operations` with the items of a resource does with their cache, if they have one."""
    found = cache_of(blueprint.data["resources"].get(resource.name, {}))
    if found and found[0] in stores and operations:
        store = stores[found[0]]
        yield Use(replace(store, view={**store.view, "ttl_seconds": found[1]}), CACHE, operations, resource)


def worked(store: Part, functions: Sequence[Function]) -> Part:
    """`store`, knowing what functions do with it: by role and resource, the operations."""
    found: dict[tuple[str, str], set[str]] = {}
    for use in (use for function in functions for use in function.uses if use.part.name == store.name):
        if use.resource:
            found.setdefault((use.role, use.resource.name), set()).update(use.operations)
    used = [{"role": role, "resource": name, "operations": sorted(found[role, name])} for role, name in found]
    return replace(store, view={**store.view, "used": used})


def cache_faults(
    resources: Sequence[Resource],
    routes: Sequence[Route],
    functions: Sequence[Function],
    auths: Sequence[Part],
    stores: Mapping[str, Part],
    blueprint: Blueprint,
) -> Iterator[Diagnostic]:
    """Caches that are none, that nothing would ask, or that stand before what can't have one."""
    holding = {name for data in blueprint.data["resources"].values() for name in stores_named(data)}
    holding |= {data["data_store"] for data in blueprint.data["workers"].values() if data.get("data_store")}
    for resource in resources:
        data = blueprint.data["resources"][resource.name]
        found = cache_of(data)
        if found:
            said = [*("resources", resource.name, "cache"), *(["store"] if isinstance(data["cache"], Mapping) else [])]
            yield from _cache_faults(resource, data, found[0], said, holding, stores, blueprint)
            yield from _unasked(resource, [r for r in routes if r.resource is resource], blueprint)
            yield from _around(resource, resources, routes, auths, stores, blueprint)
    for function in functions:
        yield from _unlike(function, blueprint)


def _cache_faults(
    resource: Resource,
    data: Mapping[str, Any],
    name: str,
    said: Sequence[str],
    holding: set[str],
    stores: Mapping[str, Part],
    blueprint: Blueprint,
) -> Iterator[Diagnostic]:
    place, kept = blueprint.source.span(said), stores_named(data)
    yield from unknown_store(name, stores, place)
    caches = sorted(each for each, store in stores.items() if store.facts.get(CACHE) and each not in holding)
    store, behind = stores.get(name), stores.get(kept[0]) if kept else None
    if not kept:
        message = f"the cache of {resource.name!r} has nothing behind it"
        yield Diagnostic(message, place, "say in which `data_store` the items are; a cache may forget them")
    elif name in kept:
        message = f"{name!r} can't be the cache of {resource.name!r} and the data store behind it"
        yield Diagnostic(message, place, "name another store as `cache`, or leave it out")
    elif store and not store.facts.get(CACHE):
        message = f"the data store {name!r} is of type {store.component.name}: it is no cache"
        yield Diagnostic(message, place, f"these are: {', '.join(caches)}" if caches else DECLARE)
    elif name in holding:
        message = f"{name!r} holds items, which a cache could throw out for others"
        yield Diagnostic(message, place, "declare a second store and name it as `cache`")
    elif behind and behind.facts.get("in_memory"):
        message = f"{kept[0]!r} keeps the items of {resource.name!r} in memory: a cache before it gains nothing"
        yield Diagnostic(message, place, "leave `cache` out, or keep the items in another data store")


def _around(
    resource: Resource,
    resources: Sequence[Resource],
    routes: Sequence[Route],
    auths: Sequence[Part],
    stores: Mapping[str, Part],
    blueprint: Blueprint,
) -> Iterator[Diagnostic]:
    """Ways to change items that the cache before them is not told of."""
    name = resource.store or ""
    others = [
        f"the resource {other.name!r}"
        for other in resources
        if other is not resource and other.store == name and CHANGES & set(other.operations)
    ]
    if name not in stores or stores[name].facts.get("container") != "store":
        others = []  # each resource has items of its own there
    direct = [r for r in routes if r.access == "write" and r.integration.options.get("data_store") == name]
    others += [f"the route {r.method} {r.path}" for r in direct]
    holders = [auth for auth in auths if granted(auth).get(name, {}).get("access") == "read-write"]
    others += [f"whoever has credentials of {auth.name!r}" for auth in holders]
    for other in others:
        place = blueprint.source.span(["resources", resource.name, "cache"], of="key")
        message = f"{other} can change items of {resource.name!r}, and the cache is not told"
        hint = "fine where they may be read as old as `ttl_seconds` says; else leave `cache` out"
        yield Diagnostic(message, place, hint, severity="warning")


def _unasked(resource: Resource, routes: Sequence[Route], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Operations that are answered without the function that would ask the cache, and tell it of changes."""
    direct = [r for r in routes if r.operation != "custom" and not r.integration.facts.get("function")]
    if direct:
        place = blueprint.source.span(["resources", resource.name, "cache"], of="key")
        what = direct[0].integration.component.name
        message = f"the integration {what!r} answers for {resource.name!r} without a function: nothing asks the cache"
        yield Diagnostic(message, place, "leave `cache` out, or let a function answer (integration: lambda)")


def _unlike(function: Function, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """A cache that a function would keep the items of two resources in for unlike times: it knows one."""
    first: dict[str, tuple[Resource, int]] = {}
    for use in (use for use in function.uses if use.role == CACHE):
        if use.resource is None:
            continue
        other, seconds = first.setdefault(use.part.name, (use.resource, use.part.view["ttl_seconds"]))
        if seconds != use.part.view["ttl_seconds"]:
            here, there = (blueprint.source.span(["resources", r.name, "cache"]) for r in (use.resource, other))
            message = f"the function {function.name!r} keeps what is in {use.part.name!r} for one number of seconds"
            hint = f"say the `ttl_seconds` of {other.name!r} here too, or another cache"
            yield Diagnostic(message, here, hint, related=(there,))


def forgetful(resources: Sequence[Resource], stores: Mapping[str, Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Items whose store may lose them, and operations that a store has no way to do."""
    for resource in resources:
        store = stores.get(resource.store or "")
        if store is None:
            continue
        here = ["resources", resource.name]
        if said := store.facts.get("forgets"):
            message = f"{store.name!r} may lose the items of {resource.name!r}: {said['why']}"
            place = blueprint.source.span([*here, "data_store"])
            yield Diagnostic(message, place, said["hint"], severity=said["severity"])
        for operation, said in store.facts.get("unable", {}).items():
            if operation in resource.operations:
                place = blueprint.source.span([*here, "operations", resource.operations.index(operation)])
                yield Diagnostic(said["message"], place, said["hint"])
