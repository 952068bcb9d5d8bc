"""A blueprint, turned into a stack: its parts in reading order, its routes, functions, stores and network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import BlueprintError, has_errors
from tierforge.model import Function, Part, Path, Resource, Route, Stack, Stage, Use
from tierforge.names import pascal
from tierforge.stack.authorization import Authorization
from tierforge.stack.checks import alike_names, caller_faults, notes, refusals
from tierforge.stack.functions import api_function, brought_functions, function_faults
from tierforge.stack.integrations import integration_of
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
    auths = Authorization(blueprint, catalog)
    routes = [route for resource in resources for route in _routes(resource, auths, blueprint, catalog)]
    functions = _functions(resources, routes, auths.parts(), stores, blueprint, catalog)
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
        stages=_stages(blueprint),
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


def has_role(part: Part) -> bool:
    """Whether the part's component has a file for the role that the part plays."""
    return part.role in part.component.data.get("parts", {})


def tier(part: Part) -> str:
    """The tier that a part belongs to, as its component says."""
    return str(part.component.data.get("tier", "logic"))


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


def _routes(resource: Resource, auths: Authorization, blueprint: Blueprint, catalog: Catalog) -> Iterator[Route]:
    data = blueprint.data["resources"][resource.name]
    here = ["resources", resource.name]
    place = blueprint.source.span
    by_resource = (resource.name, place([*here, "auth"], of="key"), data.get("auth"))
    shared = integration_of(data["integration"], place([*here, "integration"], of="key"), blueprint, catalog)
    operations = place([*here, "operations"], of="key")
    yield from routes_of(resource, data, auths.of(by_resource), shared, operations)
    for index, said in enumerate(data["routes"]):
        span = place([*here, "routes", index])
        own = said if isinstance(said, Mapping) else {}
        auth = auths.of(by_resource, (own.get("name", resource.name), span, own.get("auth")))
        answered = own.get("integration")
        integration = integration_of(answered, span, blueprint, catalog) if answered else shared
        yield custom_route(resource, data, said, auth, integration, span)


def _functions(
    resources: Sequence[Resource],
    routes: Sequence[Route],
    auths: Sequence[Part],
    stores: Mapping[str, Part],
    blueprint: Blueprint,
    catalog: Catalog,
) -> list[Function]:
    """The functions behind routes, then those that authorizers and stores bring along."""
    functions = []
    for resource in resources:
        served = [route for route in routes if route.function == resource.name]
        if served:
            functions.append(api_function(resource, served, stores, blueprint, catalog))
    brought = (f for part in (*auths, *stores.values()) for f in brought_functions(part, blueprint, catalog))
    return [*functions, *brought]


def _stages(blueprint: Blueprint) -> tuple[Stage, ...]:
    """The stages of the API: those of `stages`, else one that is named after the environment or the profile."""
    said = blueprint.data["stages"]
    span = blueprint.source.span(["stages"], of="key")
    if not said:
        return (Stage(blueprint.environment or blueprint.profile, "", "live", {"variables": {}}, span),)
    return tuple(
        Stage(name, pascal(name), name, options, blueprint.source.span(["stages", name], of="key"))
        for name, options in said.items()
    )


def _parts(stack: Stack, auths: Sequence[Part], blueprint: Blueprint, catalog: Catalog) -> Iterator[Part]:
    """Every part of the stack; those of one tier in the order in which they are read."""
    pattern = catalog.get("pattern", blueprint.data["pattern"])
    yield Part(pattern, pattern.name, blueprint.source.span(["pattern"]))
    yield from auths
    yield stack.api
    for path in paths_of(stack.routes):
        yield replace(stack.api, role="path", id=path.id, span=path.span, view={"path": path})
        for route in stack.routes:
            if route.path == path.path:
                yield from _method(route, path, stack)
    yield replace(stack.api, role="release")
    for stage in stack.stages:
        yield replace(stack.api, role="stage", id=stage.id, span=stage.span, view={"stage": stage})
    yield from _optional(blueprint, catalog, "firewall", ["api", "waf"])
    for function in stack.functions:
        yield from _release(function, stack, catalog)
    yield from stack.stores
    if stack.network:
        yield stack.network.part
    yield from _optional(blueprint, catalog, "observability", ["observability", "alarms"])


def _method(route: Route, path: Path, stack: Stack) -> Iterator[Part]:
    """A route as its API has it, and what its integration needs beside it."""
    identity = path.id + route.method.capitalize()
    answered = f", answered by {route.function}" if route.function else ""
    view = {"route": route, "path": path, "why": f"{route.method} {route.path}{answered}"}
    integration = replace(route.integration, id=identity, role="route", span=route.span, view=view)
    fills = (Use(route.auth, "attachment"), Use(integration, "attachment"))
    if has_role(integration):
        yield integration
    yield replace(stack.api, role="route", id=identity, span=route.span, view=view, uses=fills)


def _release(function: Function, stack: Stack, catalog: Catalog) -> Iterator[Part]:
    """A function, and for each stage its alias and who may call it there."""
    component = catalog.get("function", function.settings["package"])
    made = Part(
        component,
        function.name,
        function.span,
        id=function.id,
        options=function.settings,
        view={"function": function},
        uses=tuple(_uses(function, stack)),
    )
    yield made
    for stage in stack.stages:
        view = {"function": function, "stage": stage}
        yield replace(made, role="alias", view=view, uses=())
        for integration in {r.integration.name: r.integration for r in function.routes}.values():
            for prefix, identity in _prefixes(function, integration):
                here = replace(integration, id=identity, span=function.span, role="function")
                if has_role(here):
                    yield replace(here, view={**view, "prefix": prefix})


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


def _prefixes(function: Function, integration: Part) -> list[tuple[str, str]]:
    """The path prefixes that a function serves by an integration, without those that another one covers."""
    prefixes: list[tuple[str, str]] = []
    routes = [route for route in function.routes if route.integration.component is integration.component]
    for route in sorted(routes, key=lambda r: len(r.path.split("/"))):
        own = route.path.startswith(route.resource.path)
        path = route.resource.path if own else route.path
        masked = "/".join("*" if step.startswith("{") else step for step in path.split("/"))
        if not any(masked.startswith(known) for known, _ in prefixes):
            prefixes.append((masked, function.id if own else pascal(path) + function.id))
    return prefixes
