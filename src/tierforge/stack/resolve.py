"""A blueprint, turned into a stack: its parts in reading order, its routes, functions, stores and network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from tierforge.blueprint.blueprint import Blueprint, completed_options
from tierforge.components import Catalog, facts, holds
from tierforge.diagnostics import BlueprintError, Diagnostic, has_errors
from tierforge.model import Function, Part, Resource, Route, Stack, Use
from tierforge.names import pascal
from tierforge.stack.functions import api_function, function_faults, store_functions
from tierforge.stack.network import network_faults, network_of
from tierforge.stack.resources import listing, resource_faults, resource_of, store_view
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
        *_caller_faults(resources, routes, blueprint),
        *function_faults(functions, blueprint, catalog),
        *network_faults(network, blueprint),
        *_refusals([*stores.values(), api, *auths.parts()], blueprint),
        *_notes(resources, routes, stores, blueprint),
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
        users = [r for r in resources if r.store == name]
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
                uses = (Use(route.auth, "attachment"), Use(integration, "attachment"))
                yield replace(stack.api, role="route", id=identity, span=route.span, view=view, uses=uses)
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
    options = blueprint.data
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


def _caller_faults(
    resources: Sequence[Resource], routes: Sequence[Route], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """`owner` and `allow` where nobody signs in, and groups and scopes that don't exist."""
    for resource in resources:
        own = [route for route in routes if route.resource is resource]
        yield from _anonymous_faults(resource, own, blueprint)
        for route in own:
            yield from _unknown_grants(route, blueprint)


def _anonymous_faults(resource: Resource, own: Sequence[Route], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """For `owner` and `allow`, the first route they apply to that anyone may call."""
    here = ["resources", resource.name]
    anonymous = [route for route in own if not route.auth.component.data.get("identity")]
    owned = anonymous if blueprint.data["resources"][resource.name]["owner"] else []
    granted = [route for route in anonymous if route.groups or route.scopes != (route.access,)]
    for key, concerned in (("owner", owned), ("allow", granted)):
        for route in concerned[:1]:
            called = f"{route.method} {route.path}"
            message = f"`{key}` needs a caller who signed in, but {called} has auth: {route.auth.name}"
            said = key in blueprint.source.data["resources"][resource.name]
            place = blueprint.source.span([*here, key], of="key") if said else route.span
            yield Diagnostic(message, place, "set `auth: {method: cognito}` for it")


def _unknown_grants(route: Route, blueprint: Blueprint) -> Iterator[Diagnostic]:
    options = route.auth.options
    here = blueprint.source.span(["resources", route.resource.name, "allow"], of="key")
    place = route.span if route.operation == "custom" else here
    for group in route.groups:
        if route.auth.component.data.get("identity") and group not in options.get("groups", {}):
            yield Diagnostic(
                f"there is no group {group!r}", place, f"declare it: auth: {{groups: {{{group}: what it is for}}}}"
            )
    known = {"read", "write", *options.get("scopes", {})}
    for scope in route.scopes:
        if route.auth.component.data.get("identity") and scope not in known:
            yield Diagnostic(
                f"there is no scope {scope!r}", place, f"declare it: auth: {{scopes: {{{scope}: what it permits}}}}"
            )
    custom = [s for s in route.scopes if s not in ("read", "write")]
    if custom and route.auth.facts.get("scoped") is False:
        yield Diagnostic(
            "`allow: {scopes}` needs access tokens", place, "set auth: {sign_in: managed-login}, or allow groups"
        )


def _refusals(parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Combinations of options that a component refuses, as its `refuse` list says."""
    for part in parts:
        for rule in part.component.data.get("refuse", []):
            if holds(rule["when"], part.options):
                where = _where(part)
                values = {key: str(value) for key, value in part.options.items()}
                place = blueprint.source.span([*where, rule["at"]])
                yield Diagnostic(rule["message"].format(**values), place, rule["hint"].format(**values))


def _where(part: Part) -> list[str]:
    return ["data_stores", part.name] if part.component.kind == "data-store" else [part.component.kind]


def _notes(
    resources: Sequence[Resource], routes: Sequence[Route], stores: Mapping[str, Part], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """What is allowed and worth a second thought."""
    for resource in resources:
        data = blueprint.data["resources"][resource.name]
        own = [route for route in routes if route.resource is resource]
        writes = [r for r in own if r.access == "write" and r.auth.component.data.get("identity") and not r.groups]
        plain_scopes = [r for r in writes if r.scopes == ("write",)]
        if plain_scopes and not data["owner"]:
            message = f"any signed-in user can change any item of {resource.name!r}"
            hint = "say `owner: true` (items belong to the caller) or `allow: {groups: […]}`"
            yield Diagnostic(message, resource.span, hint, severity="warning")
        store = stores.get(resource.store or "")
        if (
            "list" in resource.operations
            and store
            and store.facts.get("container") == "store"
            and listing(resource) == "scan"
        ):
            message = f"`list` of {resource.name!r} reads the whole table, page by page"
            hint = "fine for small tables; else add an index and `list_by`"
            yield Diagnostic(message, resource.span, hint, severity="info")
    used = {store for resource in resources for store in [resource.store, *_further(resource, blueprint)]}
    for name, store in stores.items():
        if name not in used:
            yield Diagnostic(f"no resource uses the data store {name!r}", store.span, severity="warning")
    alarms = blueprint.data["observability"]["alarms"]
    if alarms is not False and not alarms.get("email") and not alarms.get("topic_arn"):
        place = blueprint.source.span(["observability"], of="key")
        yield Diagnostic(
            "the alarms tell nobody yet", place, "observability: {alarms: {email: you@example.com}}", severity="info"
        )


def _further(resource: Resource, blueprint: Blueprint) -> list[str]:
    from tierforge.stack.resources import stores_named

    return stores_named(blueprint.data["resources"][resource.name])
