"""A blueprint, turned into a stack: its parts in reading order, its routes, functions, stores and network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from tierforge.blueprint.blueprint import Blueprint, completed_options
from tierforge.components import Catalog, facts
from tierforge.diagnostics import BlueprintError, has_errors
from tierforge.model import Function, Part, Resource, Route, Stack, Use
from tierforge.names import pascal
from tierforge.stack.checks import alike_names, caller_faults, notes, refusals
from tierforge.stack.functions import api_function, function_faults, store_functions
from tierforge.stack.network import network_faults, network_of
from tierforge.stack.resources import resource_faults, resource_of, store_view, stores_named
from tierforge.stack.routes import custom_route, paths_of, route_faults, routes_of

TIERS = ("presentation", "logic", "data", "network", "operations")


def resolve(blueprint: Blueprint, catalog: Catalog) -> Stack:
    """Decide everything that the templates print.

    Raises BlueprintError with all that AWS would refuse and the blueprint can be blamed for.
    """
    resources = [resource_of(name, data, blueprint) for name, data in blueprint.data["resources"].items()]
    stores = _stores(blueprint, catalog, resources)
    api = _part(blueprint, catalog, "api", "type", ["api"])
    auths = _Authorization(blueprint, catalog)
    routes = [route for resource in resources for route in _routes(resource, blueprint, auths)]
    functions = _functions(resources, routes, stores, blueprint, catalog)
    network = network_of(functions, blueprint, catalog)
    paths = paths_of(routes)
    found = [
        *(f for r in resources for f in resource_faults(r, blueprint.data["resources"][r.name], stores, blueprint)),
        *route_faults(
            routes, paths, blueprint.data["limits"]["rest_api_resources"], blueprint.source.span(["api"], of="key")
        ),
        *alike_names(blueprint),
        *caller_faults(resources, routes, blueprint),
        *function_faults(functions, blueprint, catalog),
        *network_faults(network, blueprint),
        *refusals([*stores.values(), api, *auths.parts()], blueprint),
        *notes(resources, routes, stores, blueprint),
    ]
    if has_errors(found):
        raise BlueprintError([f for f in found if f.severity == "error"])
    stack = Stack(
        name=blueprint.name,
        stage=blueprint.profile,
        parts=(),
        api=api,
        resources=tuple(resources),
        routes=tuple(routes),
        functions=tuple(functions),
        stores=tuple(stores.values()),
        network=network,
        notes=tuple(found),
    )
    parts = list(_parts(stack, auths.parts(), blueprint, catalog))
    return replace(stack, parts=tuple(sorted(parts, key=lambda part: TIERS.index(tier(part)))))


def tier(part: Part) -> str:
    """The tier that a part belongs to, as its component says."""
    return str(part.component.data.get("tier", "logic"))


class _Authorization:
    """The authorization of the API and of single routes: one part for each method that is used."""

    def __init__(self, blueprint: Blueprint, catalog: Catalog) -> None:
        self.blueprint, self.catalog = blueprint, catalog
        self.default: Mapping[str, Any] = blueprint.data["auth"]
        self.used: dict[str, Part] = {}

    def of(self, *said: Any) -> Part:
        """The part behind a route: the last of `said` that names a method, else the API's."""
        methods = [s if isinstance(s, str) else s.get("method") for s in said if s]
        method = next((m for m in reversed(methods) if m), self.default["method"])
        if method not in self.used:
            component = self.catalog.get("auth", method)
            own = method == self.default["method"]
            options = self.default if own else completed_options(component, {}, self.blueprint)
            span = self.blueprint.source.span(["auth"], of="key")
            self.used[method] = Part(component, method, span, options=options, facts=facts(component, options))
        return self.used[method]

    def parts(self) -> list[Part]:
        return list(self.used.values())


def _part(blueprint: Blueprint, catalog: Catalog, kind: str, by: str, where: list[str]) -> Part:
    options = blueprint.data
    for step in where:
        options = options[step]
    component = catalog.get(kind, options[by])
    return Part(
        component, options[by], blueprint.source.span(where, of="key"), options=options, facts=facts(component, options)
    )


def _stores(blueprint: Blueprint, catalog: Catalog, resources: Sequence[Resource]) -> dict[str, Part]:
    stores = {}
    for name, options in blueprint.data["data_stores"].items():
        component = catalog.get("data-store", options["type"])
        part = Part(
            component,
            name,
            blueprint.source.span(["data_stores", name], of="key"),
            id=pascal(name),
            options=options,
            facts={**facts(component, options), "engine": options.get("engine")},
        )
        using = [r for r in resources if name in stores_named(blueprint.data["resources"][r.name])]
        users = sorted(using, key=lambda resource: resource.store != name)  # whose items it holds, first
        stores[name] = replace(part, view=store_view(part, users))
    return stores


def _routes(resource: Resource, blueprint: Blueprint, auths: _Authorization) -> Iterator[Route]:
    data = blueprint.data["resources"][resource.name]
    here = ["resources", resource.name]
    operations = blueprint.source.span([*here, "operations"], of="key")
    yield from routes_of(resource, data, auths.of(data.get("auth")), operations)
    for index, said in enumerate(data["routes"]):
        own = said.get("auth") if isinstance(said, Mapping) else None
        span = blueprint.source.span([*here, "routes", index])
        yield custom_route(resource, data, said, auths.of(data.get("auth"), own), span)


def _functions(
    resources: Sequence[Resource],
    routes: Sequence[Route],
    stores: Mapping[str, Part],
    blueprint: Blueprint,
    catalog: Catalog,
) -> list[Function]:
    served = {name: list(group) for name, group in groupby(routes, key=lambda route: route.function)}
    functions = [
        api_function(resource, served.get(resource.name, []), stores, blueprint, catalog) for resource in resources
    ]
    return functions + [f for store in stores.values() for f in store_functions(store, blueprint, catalog)]


def _parts(stack: Stack, auths: Sequence[Part], blueprint: Blueprint, catalog: Catalog) -> Iterator[Part]:
    """Every part of the stack; those of one tier in the order in which they are read."""
    component = catalog.get("integration", "lambda")
    integration = Part(component, component.name, stack.api.span, facts=facts(component, {}))
    pattern = catalog.get("pattern", blueprint.data["pattern"])
    yield Part(pattern, pattern.name, blueprint.source.span(["pattern"]))
    yield from auths
    yield stack.api
    for path in paths_of(stack.routes):
        yield replace(stack.api, role="path", id=path.id, span=path.span, view={"path": path})
        for route in stack.routes:
            if route.path == path.path:
                identity = path.id + route.method.capitalize()
                view = {
                    "route": route,
                    "path": path,
                    "why": f"{route.method} {route.path}, answered by {route.function}",
                }
                fills = (Use(route.auth, "attachment"), Use(integration, "attachment"))
                yield replace(stack.api, role="route", id=identity, span=route.span, view=view, uses=fills)
    yield replace(stack.api, role="release")
    yield from _optional(blueprint, catalog, "firewall", ["api", "waf"])
    for function in stack.functions:
        view = {"function": function}
        component = catalog.get("function", function.settings["package"])
        uses = tuple(_uses(function, stack))
        yield Part(
            component, function.name, function.span, id=function.id, options=function.settings, view=view, uses=uses
        )
        for prefix, identity in _prefixes(function):
            yield replace(
                integration, id=identity, span=function.span, role="function", view={**view, "prefix": prefix}
            )
    yield from stack.stores
    if stack.network:
        yield stack.network.part
    yield from _optional(blueprint, catalog, "observability", ["observability", "alarms"])


def _uses(function: Function, stack: Stack) -> Iterator[Use]:
    """Everything that has a say in a function: its stores, its network, its runtime, the API it serves."""
    yield from function.uses
    if stack.network and function in stack.network.functions:
        yield Use(stack.network.part, "attachment")
    yield Use(function.runtime, "attachment")
    if function.routes:
        yield Use(stack.api, "attachment")


def _optional(blueprint: Blueprint, catalog: Catalog, kind: str, where: list[str]) -> Iterator[Part]:
    """The part of the only component of a kind, where the blueprint switches it on."""
    options: Any = blueprint.data
    for step in where:
        options = options[step]
    if options is not False:
        (component,) = catalog.of(kind).values()
        yield Part(
            component,
            where[-1],
            blueprint.source.span(where, of="key"),
            options=options,
            facts=facts(component, options),
        )


def _prefixes(function: Function) -> list[tuple[str, str]]:
    """The path prefixes that a function serves, without those that another one covers."""
    prefixes: list[tuple[str, str]] = []
    for route in sorted(function.routes, key=lambda r: len(r.path.split("/"))):
        own = route.path.startswith(route.resource.path)
        path = route.resource.path if own else route.path
        masked = "/".join("*" if step.startswith("{") else step for step in path.split("/"))
        if not any(masked.startswith(known) for known, _ in prefixes):
            prefixes.append((masked, function.id if own else pascal(path) + function.id))
    return prefixes
