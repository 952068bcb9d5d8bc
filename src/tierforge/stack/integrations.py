"""What a blueprint says of `integration`, turned into the parts that answer routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Part, Path, Route, Stack, Use, Where
from tierforge.names import pascal
from tierforge.stack.queues import Queues
from tierforge.stack.resources import listing
from tierforge.stack.routes import parameters

# What an answer says that says no more: no pattern makes it the one that is taken when no other matches.
NO_ANSWER: Mapping[str, Any] = {
    "pattern": None,
    "template": None,
    "file": None,
    "headers": {},
    "declares": (),
    "overrides": (),
}


def integration_of(said: Mapping[str, Any], where: Where, blueprint: Blueprint, catalog: Catalog) -> Part:
    """The part behind a route; `said` is what stands at `where`, its resource or the route itself, with defaults."""
    component = catalog.get("integration", said["type"])
    known = {**said, "api": blueprint.data["api"]}
    span = blueprint.source.span(where, of="key")
    return Part(component, component.name, span, options=said, facts=facts(component, known), where=where)


def attached(route: Route, path: Path, stack: Stack) -> Part:
    """The integration of one route, with the store that it works on without a function."""
    part, resource = route.integration, route.resource
    name = _store(route) if part.facts.get("store") else None
    store = next((store for store in stack.stores if store.name == name), None) if name else None
    needs = part.component.data.get("needs", {}).get(route.like, route.like)
    seen = replace(store, view={**store.view, "list": listing(resource)}) if store else None
    uses = (Use(seen, "primary", (needs,), resource),) if seen else ()
    common = _common_headers(stack.api)
    answers = _answers(route)
    answered = f", answered by {route.function}" if route.function else ""
    view = {
        "queue": None,
        **part.view,
        "route": route,
        "path": path,
        "why": f"{route.method} {route.path}{answered}",
        "store": seen,
        "folder": part.options.get("prefix") or resource.name,
        "answers": answers,
        "common_headers": common,
        "statuses": _declared(answers, common),
        "rest": "" if "routes" in part.where else route.path.removeprefix(resource.path),
    }
    return replace(part, id=path.id + route.method.capitalize(), role="route", span=route.span, view=view, uses=uses)


def _answers(route: Route) -> list[dict[str, Any]]:
    """What the integration of a route can answer, as the blueprint or else its component says it."""
    part = route.integration
    listed = part.options.get("responses") or part.component.data.get("answers", ())
    fitting = [answer for answer in listed if route.like in answer.get("for", (route.like,))]
    return [{**NO_ANSWER, "status": route.status, **answer} for answer in fitting]


def _common_headers(api: Part) -> dict[str, str]:
    """Headers of every answer that API Gateway makes itself, those for browsers of the allowed origin among them."""
    cors = api.options.get("cors") or {}
    headers = {"X-Content-Type-Options": "'nosniff'"}
    if cors:
        headers |= {"Access-Control-Allow-Origin": f"'{cors['allow_origins'][0]}'", "Vary": "'Origin'"}
    if cors.get("allow_credentials"):
        headers["Access-Control-Allow-Credentials"] = "'true'"
    return headers


def _declared(answers: Sequence[Mapping[str, Any]], common: Mapping[str, str]) -> dict[int, list[str]]:
    """Every status that `answers` may come to, with the headers that are set there: API Gateway drops others."""
    found: dict[int, dict[str, None]] = {}
    for answer in answers:
        for status in (answer["status"], *answer["overrides"]):
            names = [*common, *answer["headers"], *answer["declares"]]
            found.setdefault(status, {}).update(dict.fromkeys(names))
    return {status: list(names) for status, names in sorted(found.items())}


def called(function: Function) -> list[Part]:
    """The integrations by which a function is called, each once."""
    return list({route.integration.name: route.integration for route in function.routes}.values())


def queued(route: Route, queues: Queues) -> Route:
    """`route` with the queue that its integration names, or with the one for what fails after the answer.

    An ARN is no name: what it names stands elsewhere.
    """
    part = route.integration
    name = str(part.options.get("queue") or "")
    if name and ":" not in name:
        view = {"queue": queues.named(name, part.span)}
    elif part.facts.get("keeps_failures"):
        view = {"failures": queues.dead_letters(route.function, f"{pascal(route.function)}Failures", part.span)}
    else:
        view = {}
    return replace(route, integration=replace(part, view=view))


def integration_faults(routes: Sequence[Route], stores: Mapping[str, Part]) -> Iterator[Diagnostic]:
    """What an integration can't do for a route, and what it is told and can't be."""
    for route in routes:
        part = route.integration
        able = part.component.data.get("operations")
        if able and route.like not in able:
            message = f"{part.name} can't answer {route.method} {route.path}"
            yield Diagnostic(message, route.span, str(part.component.data["otherwise"]))
        if part.facts.get("store"):
            yield from _store_faults(route, stores)
        unsaid = [option for option in part.component.data.get("required", ()) if part.options.get(option) is None]
        for option in unsaid:  # a name alone stands for an integration without options
            hint = f"write `integration: {{type: {part.name}, {option}: …}}`"
            yield Diagnostic(f"the integration {part.name} needs {option!r}", part.span, hint)
        for option in part.component.data.get("paths", ()):
            unknown = sorted({*parameters(part.options[option] or "")} - {*route.parameters})
            if unknown:
                message = f"{route.method} {route.path} has no path parameter {unknown[0]!r}, which {option!r} names"
                yield Diagnostic(message, part.span, "name a parameter of the route, or say the integration there")
    for part in {id(route.integration): route.integration for route in routes}.values():
        yield from _response_faults(part)


def _store(route: Route) -> str | None:
    return route.integration.options.get("data_store") or route.resource.store


def _store_faults(route: Route, stores: Mapping[str, Part]) -> Iterator[Diagnostic]:
    part, resource = route.integration, route.resource
    wanted, store = part.facts["store"], stores.get(_store(route) or "")
    if store is None:
        if not _store(route):
            hint = "say `data_store:` at the resource, or in the integration"
            yield Diagnostic(f"the integration {part.name} of {resource.name!r} needs a data store", part.span, hint)
        return
    if store.component.name != wanted:
        message = f"{store.name!r} is no data store of type {wanted}"
        yield Diagnostic(message, part.span, "name another store, or leave `integration` out for a function")
        return
    if store.facts.get("cached"):
        message = f"the integration {part.name} would go past the cache of {store.name!r}"
        yield Diagnostic(message, part.span, "leave `integration` out for a function, or the cache")
    if route.like == "list" and part.facts.get("pages_by_id") and "sort" in (resource.list_by or {}):
        message = f"{part.name} can't page through the index that `list_by` names: it has a sort key"
        hint = "leave `integration` out of that route for a function, or the sort_key out of the index"
        yield Diagnostic(message, route.span, hint)
    missing = [s.name for s in resource.scope if s.source == "path" and s.name not in route.parameters]
    if missing:
        message = f"{route.method} {route.path} doesn't say the {missing[0]!r} that is in the key of {store.name!r}"
        yield Diagnostic(message, route.span, f"put {{{missing[0]}}} into its path")


def _response_faults(part: Part) -> Iterator[Diagnostic]:
    """API Gateway keeps one response for a status, and one that is taken when no pattern matches."""
    responses = part.options.get("responses") or []
    statuses = [response["status"] for response in responses]
    twice = next((status for n, status in enumerate(statuses) if status in statuses[:n]), None)
    if twice:
        hint = "join their patterns to one, with | between them"
        yield Diagnostic(f"two responses have the status {twice}", part.span, hint)
    without = [response for response in responses if not response.get("pattern")]
    if responses and len(without) != 1:
        message = f"{len(without)} responses have no pattern"
        yield Diagnostic(message, part.span, "leave the pattern out of exactly one: it is taken when no other matches")
