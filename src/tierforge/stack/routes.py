"""Resources of a blueprint, turned into the routes and paths of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from tierforge.blueprint.keywords import by_operation
from tierforge.diagnostics import Diagnostic, Span
from tierforge.model import Part, Path, Resource, Route, Where
from tierforge.names import camel, kebab, pascal

PARAMETER = re.compile(r"\{(\w+)\}")
READING = ("GET", "HEAD")
BY_ROLE = "roles_of_groups"  # the fact of an authorizer that lets members of a group call by a role of theirs
PER_METHOD, PER_API = "per-method", "per-api"  # granularity, beside per-resource
API_FUNCTION = "api"  # the name of the one function of an API


class Operation(NamedTuple):
    """How an operation looks in HTTP; `item` says whether it is on one item or on the collection."""

    method: str
    item: bool
    status: int
    optional_query: tuple[str, ...] = ()
    body: bool = False


OPERATIONS: Mapping[str, Operation] = {
    "list": Operation("GET", False, 200, ("limit", "nextToken")),
    "create": Operation("POST", False, 201, body=True),
    "read": Operation("GET", True, 200),
    "update": Operation("PUT", True, 200, body=True),
    "delete": Operation("DELETE", True, 204),
}
# What a body has to be where the blueprint says no more about it.
ANY_OBJECT = {"type": "object", "minProperties": 1, "maxProperties": 100}


def parameters(path: str) -> tuple[str, ...]:
    """The names of the parameters in a path."""
    return tuple(PARAMETER.findall(path))


def routes_of(
    resource: Resource, data: Mapping[str, Any], auth: Part, integration: Part, granularity: str, span: Span
) -> Iterator[Route]:
    """The routes of a resource: one for each operation, in the order of OPERATIONS."""
    own = granularity == PER_METHOD
    for name in (name for name in OPERATIONS if name in resource.operations):
        operation = OPERATIONS[name]
        path = f"{resource.path}/{{{resource.id}}}" if operation.item else resource.path
        stem = pascal(resource.name) if name == "list" else pascal(resource.singular)
        access: Literal["read", "write"] = "read" if operation.method in READING else "write"
        allow = {**data.get("allow", {}), **data.get("allow", {}).get(name, {})}
        listed = resource.list_by if name == "list" else None
        yield Route(
            name=name + stem,
            method=operation.method,
            path=path,
            operation=name,
            like=name,
            resource=resource,
            function=function_of(resource, name, integration, granularity, own=own),
            auth=auth,
            integration=integration,
            access=access,
            status=status_of(integration, name, operation.status),
            span=span,
            scopes=tuple(allow.get("scopes", ())),
            groups=() if auth.facts.get(BY_ROLE) else tuple(allow.get("groups", ())),
            members=tuple(allow.get("groups", ())) if auth.facts.get(BY_ROLE) else (),
            parameters=parameters(path),
            query=(listed["attribute"],) if listed else (),
            optional_query=operation.optional_query,
            headers=tuple(integration.facts.get("headers", {}).get(name, ())),
            body=_body(data.get("request_schema"), name, integration) if operation.body else None,
            throttle=data.get("throttle"),
            own=own,
            settings=(("resources", resource.name, "function"),),
        )


def route_name(said: Any) -> str:
    """The operation name of a route that a resource lists: its own, or one made from method and path."""
    extra: Mapping[str, Any] = {"route": said} if isinstance(said, str) else said
    method, path = extra["route"].split(" ")
    return str(extra.get("name") or camel(method.lower() + pascal(path)))


def custom_route(
    resource: Resource,
    data: Mapping[str, Any],
    index: int,
    auth: Part,
    integration: Part,
    granularity: str,
    span: Span,
) -> Route:
    """The route that a resource lists at `index` of `routes`; one that says `function` has one of its own."""
    said, here = data["routes"][index], ("resources", resource.name)
    extra: Mapping[str, Any] = {"route": said} if isinstance(said, str) else said
    method, path = extra["route"].split(" ")
    access: Literal["read", "write"] = extra.get("access") or ("read" if method in READING else "write")
    name, like = route_name(said), operation_like(method, path)
    own = granularity == PER_METHOD or isinstance(extra.get("function"), Mapping)
    places: tuple[Where, ...] = ((*here, "function"), *([(*here, "routes", index, "function")] if own else []))
    allow = extra.get("allow") or {k: v for k, v in data.get("allow", {}).items() if k in ("groups", "scopes")}
    return Route(
        name=name,
        method=method,
        path=path,
        operation="custom",
        like=like,
        resource=resource,
        function=function_of(resource, name, integration, granularity, own=own),
        auth=auth,
        integration=integration,
        access=access,
        status=status_of(integration, like, 200),
        span=span,
        scopes=tuple(allow.get("scopes", ())),
        groups=() if auth.facts.get(BY_ROLE) else tuple(allow.get("groups", ())),
        members=tuple(allow.get("groups", ())) if auth.facts.get(BY_ROLE) else (),
        parameters=parameters(path),
        headers=tuple(integration.facts.get("headers", {}).get(like, ())),
        throttle=extra.get("throttle") or data.get("throttle"),
        own=own,
        settings=places,
    )


def operation_like(method: str, path: str) -> str:
    """The operation that a method and a path look like, "custom" if none."""
    item = path.endswith("}")
    return next((name for name, o in OPERATIONS.items() if (o.method, o.item) == (method, item)), "custom")


def status_of(integration: Part, operation: str, usual: int) -> int:
    """The status of an answer when all went well: what the integration answers with, else the usual one."""
    said = integration.options.get("status") or integration.facts.get("status")
    return int(said or integration.facts.get("statuses", {}).get(operation, usual))


def function_of(resource: Resource, name: str, integration: Part, granularity: str, *, own: bool) -> str:
    """The name of the function that a route's integration calls, "" where it needs none of ours.

    `name` is the route's or its operation's, for a function of its `own`.
    """
    if not integration.facts.get("function"):
        return ""
    if own:
        return f"{resource.name}-{kebab(name)}"
    return API_FUNCTION if granularity == PER_API else resource.name


def paths_of(routes: Sequence[Route]) -> list[Path]:
    """Every path part that the routes need, parents before children."""
    methods: dict[str, list[str]] = {}
    spans: dict[str, Span] = {}
    for route in routes:
        steps = route.path.strip("/").split("/")
        for depth in range(1, len(steps) + 1):
            path = "/" + "/".join(steps[:depth])
            methods.setdefault(path, [])
            spans.setdefault(path, route.span)
        methods[route.path].append(route.method)
    return [
        Path(path, path.rsplit("/", 1)[1], pascal(path), pascal(parent) or None, tuple(found), spans[path])
        for path, found in methods.items()
        for parent in [path.rsplit("/", 1)[0]]
    ]


def route_faults(routes: Sequence[Route], paths: Sequence[Path]) -> Iterator[Diagnostic]:
    """What API Gateway would refuse of these routes; a path variable has one name below a parent."""
    taken: dict[tuple[str, str], Route] = {}
    names: dict[str, Route] = {}
    for route in routes:
        other = taken.setdefault((route.method, route.path), route)
        if other is not route:
            yield _clash(f"{route.method} {route.path} stands here twice", other.span, route.span, "leave one out")
        namesake = names.setdefault(route.name, route)
        if namesake is not route and other is route:
            message = f"two routes would have the operation name {route.name}"
            yield _clash(message, namesake.span, route.span, "give one of them a `name`")
        if route.operation == "custom" and len(set(route.parameters)) < len(route.parameters):
            hint = "call one of them otherwise"
            yield Diagnostic(f"the path {route.path} has a parameter twice", route.span, hint)
    variables: dict[str, Path] = {}
    for path in paths:
        if PARAMETER.fullmatch(path.part):
            level = path.path.rsplit("/", 1)[0]
            other_path = variables.setdefault(PARAMETER.sub("{}", level), path)
            if other_path.part != path.part:
                message = f"{other_path.path} and {path.path}: one level of a path has one parameter name"
                yield _clash(message, other_path.span, path.span, "use the same name; an item's own is set by `id`")


def _body(said: Mapping[str, Any] | None, operation: str, integration: Part) -> Mapping[str, Any]:
    usual: Mapping[str, Any] = integration.facts.get("body", ANY_OBJECT)
    if not said:
        return usual
    with_body = [name for name, known in OPERATIONS.items() if known.body]
    return said.get(operation, usual) if by_operation(said, with_body) else said


def _clash(message: str, first: Span, second: Span, hint: str = "") -> Diagnostic:
    return Diagnostic(message, second, hint, related=(first,) if first != second else ())
