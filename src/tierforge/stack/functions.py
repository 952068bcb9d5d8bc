"""Routes and stores, turned into functions and what each of them uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint, completed_options
from tierforge.blueprint.environments import merged
from tierforge.blueprint.schema import default_runtime, versions
from tierforge.components import Catalog, holds
from tierforge.diagnostics import Span
from tierforge.model import Component, Function, Part, Resource, Route, Stack, Use, Where
from tierforge.names import kebab, pascal
from tierforge.stack.caches import PRIMARY, cache_use
from tierforge.stack.resources import listing, stores_named
from tierforge.stack.routes import OPERATIONS, PER_API

DEFAULTS = ("runtime", "architecture", "package", "handlers")


def api_function(
    routes: Sequence[Route], stores: Mapping[str, Part], blueprint: Blueprint, catalog: Catalog
) -> Function:
    """The function behind `routes`, which all name it."""
    first = routes[0]
    resources = list({route.resource.name: route.resource for route in routes}.values())
    shared = first.resource.span if len(resources) == 1 else blueprint.source.span(["granularity"])
    span = first.span if first.own else shared
    places = tuple(dict.fromkeys(place for route in routes for place in route.settings))
    settings = settings_of(places, blueprint)
    return Function(
        name=first.function,
        id=pascal(first.function),
        kind="api",
        description=f"Serves {', '.join(dict.fromkeys(f'{r.method} {r.path}' for r in routes))}"[:256],
        folder=f"functions/{first.function}",
        runtime=runtime_of(settings, span, catalog),
        identifier=str(settings["runtime"]),
        settings=settings,
        span=span,
        routes=tuple(routes),
        uses=tuple(use for resource in resources for use in _uses(resource, routes, stores, blueprint)),
        environment=dict(settings["environment"]),
        places=places,
        packaged=blueprint.data["granularity"] == PER_API and not first.own,
    )


def _uses(
    resource: Resource, routes: Sequence[Route], stores: Mapping[str, Part], blueprint: Blueprint
) -> Iterator[Use]:
    """What a function that serves `routes` does with the stores of one of its resources: their operations alone."""
    served = [route.operation for route in routes if route.resource is resource]
    operations = tuple(name for name in OPERATIONS if name in served)
    for store in stores_named(blueprint.data["resources"][resource.name]):
        if store in stores:
            seen = {**stores[store].view, "list": listing(resource)}
            yield Use(replace(stores[store], view=seen), PRIMARY, operations, resource)
    yield from cache_use(resource, operations, stores, blueprint)


def settings_of(places: Sequence[Where], blueprint: Blueprint) -> dict[str, Any]:
    """How a function runs: the blueprint's defaults below what is said at `places`, later ones above."""
    known = {name: value for name, value in _at(blueprint.data, places[0]).items() if value is not None}
    settings = {**_at(blueprint.data, places[0]), **{name: blueprint.data[name] for name in DEFAULTS}, **known}
    for place in places[1:]:
        settings = merged(settings, said_at(place, blueprint))
    return settings


def said_at(place: Where, blueprint: Blueprint) -> Mapping[str, Any]:
    """What the blueprint itself says at `place`, without defaults; empty where it says nothing."""
    return _at(blueprint.source.data, place)


def _at(data: Any, place: Where) -> Mapping[str, Any]:
    for step in place:
        if isinstance(step, int):
            data = data[step] if isinstance(data, list) and step < len(data) else None
        else:
            data = data.get(step) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def brought_functions(part: Part, blueprint: Blueprint, catalog: Catalog) -> Iterator[Function]:
    """The functions that a store, an authorizer or the like brings along, as its component lists them.

    `{name}` in what the component says is the part's name, `{of}` the resource or route it belongs to and a hyphen.
    """
    for kind, said in part.component.data.get("functions", {}).items():
        if not holds(said.get("when", {}), part.options):
            continue
        words = {"name": part.name, "of": f"{kebab(part.of)}-" if part.of else ""}
        name = said["name"].format(**words)
        given = {option: blueprint.data[option] for option in DEFAULTS}
        given["runtime"] = _with_code(part, kind, given["runtime"], catalog)
        given["timeout_seconds"] = said["timeout_seconds"]
        settings = completed_options(catalog.get("function", given["package"]), given, blueprint)
        yield Function(
            name=name,
            id=pascal(name),
            kind=kind,
            description=said["description"].format(**words),
            folder=f"functions/{name}",
            runtime=runtime_of(settings, part.span, catalog),
            identifier=str(settings["runtime"]),
            settings=settings,
            span=part.span,
            uses=(Use(part, "owner", (kind,)),),
            includes=tuple((k.format(**words), v) for k, v in said.get("includes", {}).items()),
        )


def _with_code(part: Part, kind: str, runtime: str, catalog: Catalog) -> str:
    """`runtime`, or the first one for which `part` has code of a kind: the blueprint's default before others."""
    known = versions(catalog)
    for identifier in (runtime, default_runtime(catalog), *known):
        if part.component.has_code(known[identifier][0].name, kind, part.variants):
            return identifier
    return runtime


def downloads(function: Function) -> Iterator[Mapping[str, str]]:
    """The files that a function needs and that deploy.sh fetches; `when` knows a store's options and the use's role."""
    for use in function.uses:
        for said in use.part.component.data.get("downloads", ()):
            if holds(said.get("when", {}), {**use.part.options, "role": use.role}):
                yield said


def containers(stack: Stack) -> dict[str, Mapping[str, Any]]:
    """By name, the functions that run from container images, with how these are made."""
    return {p.name: p.component.data["container"] for p in stack.parts if "container" in p.component.data}


def runtime_of(settings: Mapping[str, Any], span: Span, catalog: Catalog) -> Part:
    """The family of the runtime that a function's settings name."""
    family: Component = versions(catalog)[str(settings["runtime"])][0]
    return Part(family, family.name, span)
