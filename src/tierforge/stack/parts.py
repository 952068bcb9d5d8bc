"""What a stack consists of, turned into parts: one for each thing that a component renders, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.model import Component, Function, Part, Path, Route, Stack, Use
from tierforge.names import pascal, snake
from tierforge.stack.integrations import attached, called
from tierforge.stack.routes import paths_of
from tierforge.stack.stages import aliases_of
from tierforge.stack.traffic import declared, settings_of

TIERS = ("presentation", "logic", "data", "network", "operations")
# What stands beside the API where the blueprint switches it on: the kind of component, and the option of `api`.
BESIDE_THE_API = (("firewall", "waf"), ("response-cache", "cache"), ("usage", "usage_plans"), ("domain", "domain"))


def parts_of(stack: Stack, blueprint: Blueprint, catalog: Catalog) -> list[Part]:
    """Every part of the stack, tier by tier."""
    return tier_order(_parts(stack, blueprint, catalog))


def tier_order(parts: Iterable[Part]) -> list[Part]:
    """`parts`, those of a tier together and in the order in which they are."""
    return sorted(parts, key=lambda part: TIERS.index(tier(part)))


def pattern_of(blueprint: Blueprint, catalog: Catalog) -> Part:
    """The part of the pattern, whose options are the whole blueprint."""
    pattern = catalog.get("pattern", blueprint.data["pattern"])
    return Part(pattern, pattern.name, blueprint.source.span(["pattern"]), where=("pattern",))


def joint(blueprint: Blueprint, catalog: Catalog, kind: str) -> Iterator[Part]:
    """What the blueprint puts beside its APIs and is made once for all of them."""
    for known, at in BESIDE_THE_API:
        if known == kind:
            yield from _optional(blueprint, _only(catalog, kind), ["api", at])


def tier(part: Part) -> str:
    """The tier that a part belongs to, as its component says."""
    return str(part.component.data.get("tier", "logic"))


def has_role(component: Component, role: str) -> bool:
    """Whether a component has a file for what a part of it does in a role."""
    return role in component.data.get("parts", {})


def _parts(stack: Stack, blueprint: Blueprint, catalog: Catalog) -> Iterator[Part]:
    """Every part of the stack; those of one tier in the order in which they are read."""
    yield pattern_of(blueprint, catalog)
    yield from stack.clients
    yield from stack.auths
    yield from (part for part in (stack.site, stack.front_end) if part)
    yield stack.api
    beside = [part for kind, at in BESIDE_THE_API for part in _optional(blueprint, _only(catalog, kind), ["api", at])]
    yield from _routes(beside, stack)
    yield replace(stack.api, role="release")
    yield from _for_stages(stack.api, stack)
    for part in beside:
        yield part
        yield from _for_stages(part, stack)
    (shift,) = _optional(blueprint, _only(catalog, "release"), ["release"])
    if any(function.routes for function in stack.functions):
        yield shift
    for function in stack.functions:
        yield from _release(function, shift, stack, catalog)
    yield from stack.stores
    yield from stack.queues
    yield from stack.services
    if stack.network:
        yield stack.network.part
    if blueprint.service:
        for component in catalog.of("service").values():
            yield Part(component, blueprint.service, blueprint.source.span(["services", blueprint.service], of="key"))
    for name, component in catalog.of("observability").items():
        for part in _optional(blueprint, component, ["observability", snake(name)]):
            yield part
            yield from _for_stages(part, stack)


def _routes(beside: Sequence[Part], stack: Stack) -> Iterator[Part]:
    """Every path and route as the API has them, and the integrations, where they stand apart from routes."""
    below: dict[str, list[Route]] = {}
    for route in stack.routes:
        below.setdefault(route.path, []).append(route)
    apart = has_role(stack.api.component, "integration")
    made: set[str] = set()
    for path in paths_of(stack.routes):
        yield from _of_role(replace(stack.api, role="path", id=path.id, span=path.span, view={"path": path}))
        for route in below.get(path.path, ()):
            target = integration_id(route, path)
            if apart and target not in made:
                made.add(target)
                yield _integration(route, path, target, stack)
            yield from _method(route, path, beside, stack)


def _of_role(part: Part) -> Iterator[Part]:
    """The part, if its component has a file for its role."""
    if has_role(part.component, part.role):
        yield part


def integration_id(route: Route, path: Path) -> str:
    """The stem of the logical ID of a route's integration, which the routes of a function may share."""
    return pascal(route.function) if route.integration.facts.get("shared") else _identity(route, path)


def _identity(route: Route, path: Path) -> str:
    return path.id + route.method.capitalize()


def _integration(route: Route, path: Path, target: str, stack: Stack) -> Part:
    shared = route.integration.facts.get("shared")
    why = f"Calls {route.function}" if shared else f"Answers {route.method} {route.path}"
    fills = (Use(replace(attached(route, path, stack), id=target), "attachment"),)
    view = {"route": route, "why": why}
    return replace(stack.api, role="integration", id=target, span=route.span, view=view, uses=fills)


def _method(route: Route, path: Path, beside: Sequence[Part], stack: Stack) -> Iterator[Part]:
    """A route as its API has it, and what its integration needs beside it."""
    integration = attached(route, path, stack)
    view = {name: integration.view[name] for name in ("route", "path", "why")}
    view |= {"target": integration_id(route, path), "declared": declared(route)}
    slots = stack.api.component.data["slots"]
    fillers = [part for part in beside if any(f"{slot}.yaml.j2" in part.component.files for slot in slots)]
    fills = tuple(Use(part, "attachment") for part in (route.auth, integration, *fillers))
    yield from _of_role(integration)
    yield replace(stack.api, role="route", id=integration.id, span=route.span, view=view, uses=fills)


def _release(function: Function, shift: Part, stack: Stack, catalog: Catalog) -> Iterator[Part]:
    """A function, for each stage its alias, what shifts it and who may call it there, and the trigger of a worker."""
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
    yield from (part.view["failures"] for part in called(function) if "failures" in part.view)
    for stage in aliases_of(function, stack.stages):
        view = {"function": function, "stage": stage}
        shifts = replace(shift, id=function.id + stage.id, role="alias", span=function.span, view=view)
        if shift.facts.get("shifts") and function.routes:
            yield shifts
            yield replace(made, role="alias", view=view, uses=(Use(shifts, "attachment"),))
        else:
            yield replace(made, role="alias", view=view, uses=())
        yield from _callers(function, "alias", function.id + stage.id, view)
        for methods, served, identity, integration in _served(function, stack.api):
            here = replace(integration, id=identity, span=function.span, role="function")
            yield replace(here, view={**view, "methods": methods, "served": served})
    if function.trigger:
        yield replace(function.trigger, view={**function.trigger.view, "function": function})
        yield from (part for part in [function.trigger.view.get("dead_letters")] if part)


def _callers(function: Function, role: str, identity: str, view: dict[str, Any]) -> Iterator[Part]:
    """What the integrations that call a function need in a role."""
    for integration in called(function):
        here = {**integration.view, **view}
        yield from _of_role(replace(integration, id=identity, span=function.span, role=role, view=here))


def _uses(function: Function, stack: Stack) -> Iterator[Use]:
    """Everything that has a say in a function: its stores, network and runtime, its API or its trigger."""
    yield from function.uses
    for integration in called(function):
        yield Use(replace(integration, id=function.id), "attachment")
    if stack.network and function in stack.network.functions:
        yield Use(stack.network.part, "attachment")
    yield Use(function.runtime, "attachment")
    if function.routes:
        yield Use(stack.api, "attachment")
    if function.trigger:
        yield Use(function.trigger, "attachment")


def beside_the_api(blueprint: Blueprint, catalog: Catalog) -> Iterator[Component]:
    """What the blueprint puts beside its API."""
    for kind, at in BESIDE_THE_API:
        yield from (part.component for part in _optional(blueprint, _only(catalog, kind), ["api", at]))


def _only(catalog: Catalog, kind: str) -> Component:
    """The only component of a kind."""
    (component,) = catalog.of(kind).values()
    return component


def _optional(blueprint: Blueprint, component: Component, where: list[str]) -> Iterator[Part]:
    """The part of a component, where the blueprint switches it on."""
    options: Any = blueprint.data
    for step in where:
        options = options.get(step)
    if options is not None and options is not False:
        span = blueprint.source.span(where, of="key")
        said = facts(component, {**options, "api": blueprint.data["api"]})
        yield Part(component, where[-1], span, options=options, facts=said, where=tuple(where))


def _for_stages(part: Part, stack: Stack) -> Iterator[Part]:
    """What a part is once for each stage, if its component has a file for that."""
    for stage in stack.stages if has_role(part.component, "stage") else ():
        view = {"stage": stage, "settings": settings_of(stage, stack.routes)}
        yield replace(part, role="stage", id=stage.id, view=view)


def _served(function: Function, api: Part) -> list[tuple[str, str, str, Part]]:
    """What a function may be called for: as ARNs and as people write it, the stem of an ID, and the integration.

    That is the one route that it is for, or else the path prefixes that it serves, without those that another one
    covers: they hold on while routes come and go. Paths are as the API's ARNs have them: the fact `parameter_in_arn`
    stands for every parameter, if there is one.
    """
    routes = [route for route in function.routes if has_role(route.integration.component, "function")]
    if [route.own for route in routes] == [True]:
        (route,) = routes
        exact = f"{route.method}{_in_arn(route.path, api)}"
        return [(exact, f"for {route.method} {route.path}", function.id, route.integration)]
    found: dict[str, tuple[str, str, str, Part]] = {}
    for route in sorted(routes, key=lambda r: len(r.path.split("/"))):
        own = route.path.startswith(route.resource.path)
        path = route.resource.path if own else route.path
        prefix = _in_arn(path, api)
        if not any(prefix.startswith(known) for known in found):
            named = own and function.name == route.resource.name  # its ID says the resource already
            stem = "" if named else pascal(route.resource.name if own else path)
            found[prefix] = (f"*{prefix}*", f"below {prefix}", stem + function.id, route.integration)
    return list(found.values())


def _in_arn(path: str, api: Part) -> str:
    masked = api.facts.get("parameter_in_arn")
    return "/".join(masked if masked and step.startswith("{") else step for step in path.split("/"))
