"""Routes and stores, turned into functions and what each of them uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.schema import versions
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic, Span
from tierforge.model import Component, Function, Part, Resource, Route, Use
from tierforge.names import kebab, pascal, upper_snake
from tierforge.stack.resources import listing, stores_named

DEFAULTS = ("runtime", "architecture", "package", "handlers")
MAX_NAME = 64  # of a Lambda function
MAX_ENVIRONMENT = 4096  # bytes of names and values together


def api_function(
    resource: Resource, routes: Sequence[Route], stores: Mapping[str, Part], blueprint: Blueprint, catalog: Catalog
) -> Function:
    """The function behind a resource's routes."""
    data = blueprint.data["resources"][resource.name]
    uses = tuple(
        Use(replace(store, view={**store.view, "list": listing(resource)}), "primary", resource.operations, resource)
        for store in (stores[name] for name in stores_named(data) if name in stores)
    )
    settings = {name: blueprint.data[name] for name in DEFAULTS} | dict(data["function"])
    return Function(
        name=resource.name,
        id=pascal(resource.name),
        kind="api",
        description=f"Serves {', '.join(dict.fromkeys(f'{r.method} {r.path}' for r in routes))}"[:256],
        folder=f"functions/{resource.name}",
        runtime=runtime_of(settings, resource.span, catalog),
        identifier=str(settings["runtime"]),
        settings=settings,
        span=resource.span,
        routes=tuple(routes),
        uses=uses,
        environment=dict(data["function"]["environment"]),
        where=("resources", resource.name),
    )


def brought_functions(part: Part, blueprint: Blueprint, catalog: Catalog) -> Iterator[Function]:
    """The functions that a store, an authorizer or the like brings along, as its component lists them.

    `{name}` in what the component says is the part's name, `{of}` the resource or route it belongs to and a hyphen.
    """
    for kind, said in part.component.data.get("functions", {}).items():
        words = {"name": part.name, "of": f"{kebab(part.id)}-" if part.id else ""}
        name = said["name"].format(**words)
        settings = {option: blueprint.data[option] for option in DEFAULTS}
        settings |= {
            "memory_mb": 512,
            "ephemeral_storage_mb": 512,
            "reserved_concurrency": None,
            "timeout_seconds": said["timeout_seconds"],
        }
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


def function_faults(functions: Sequence[Function], blueprint: Blueprint, catalog: Catalog) -> Iterator[Diagnostic]:
    """Limits of Lambda that the functions cross, and runtimes that AWS ends."""
    known = versions(catalog)
    said: dict[str, Function] = {}
    for function in functions:
        full = f"{blueprint.stack_name}-{function.name}"
        if len(full) > MAX_NAME:
            message = f"the function's name {full!r} has {len(full)} characters, Lambda takes {MAX_NAME}"
            yield Diagnostic(message, function.span, "shorten the application's name or this one")
        other = said.setdefault(function.name, function)
        if other is not function:
            message = f"two functions would be called {function.name!r}"
            yield Diagnostic(message, function.span, "rename one of them", related=(other.span,))
        yield from _environment_faults(function, blueprint, catalog)
        deprecated = known[function.identifier][1].get("deprecated")
        if deprecated:
            yield Diagnostic(
                f"the runtime {function.identifier} is deprecated since {deprecated}",
                _place_of_runtime(function, blueprint),
                f"use {next(iter(function.runtime.component.data['versions']))}",
                severity="warning",
            )


def _environment_faults(function: Function, blueprint: Blueprint, catalog: Catalog) -> Iterator[Diagnostic]:
    api = catalog.get("api", blueprint.data["api"]["type"])
    taken = {name for part in (api, function.runtime.component) for name in part.data.get("variables", ())}
    prefixes = {f"{upper_snake(use.part.name)}_": use.part for use in function.uses}
    here = [*function.where, "function", "environment"]
    size = sum(len(f"{name}{value}".encode()) for name, value in function.environment.items())
    if size > MAX_ENVIRONMENT - 1024:
        message = (
            f"the variables take {size:,} bytes; Lambda has room for {MAX_ENVIRONMENT:,}, a quarter for tierforge's"
        )
        yield Diagnostic(message, blueprint.source.span(here, of="key"), "keep long values in a file or a parameter")
    for name in function.environment:
        if name in taken:
            place = blueprint.source.span([*here, name], of="key")
            yield Diagnostic(f"the variable {name} is set by tierforge", place, "leave it out, or choose another name")
        for prefix, store in prefixes.items():
            if name.startswith(prefix):
                hint = f"names beginning with {prefix} belong to the data store {store.name!r}"
                place = blueprint.source.span([*here, name], of="key")
                yield Diagnostic(f"the variable {name} is set by tierforge", place, hint)


def _place_of_runtime(function: Function, blueprint: Blueprint) -> Span:
    own: Any = blueprint.source.data
    for step in (*function.where, "function", "runtime"):
        own = own.get(step) if isinstance(own, Mapping) else None
    return blueprint.source.span([*function.where, "function", "runtime"] if own and function.where else ["runtime"])


def runtime_of(settings: Mapping[str, Any], span: Span, catalog: Catalog) -> Part:
    """The family of the runtime that a function's settings name."""
    family: Component = versions(catalog)[str(settings["runtime"])][0]
    return Part(family, family.name, span)
