"""What a blueprint says of callers (`owner`, `allow`), held against what each authorizer knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic, Span
from tierforge.model import Part, Resource, Route
from tierforge.stack.authorization import subject
from tierforge.stack.places import places_of
from tierforge.stack.routes import BY_ROLE

MEANING = {"groups": "what it is for", "scopes": "what it permits"}  # of a name that is declared
ALWAYS = {"groups": (), "scopes": ("read", "write")}  # names that need no declaration


def caller_faults(
    resources: Sequence[Resource], routes: Sequence[Route], blueprint: Blueprint, catalog: Catalog
) -> Iterator[Diagnostic]:
    """`owner` and `allow` where nobody signs in or nobody can check them, and names that there are not."""
    for resource in resources:
        own = [route for route in routes if route.resource is resource]
        yield from _anonymous_faults(resource, own, blueprint, catalog)
        signed_in = [route for route in own if _knows_callers(route)]
        yield from _claim_faults(resource, signed_in, blueprint)
        yield from _disowning_faults(resource, signed_in, blueprint)
        for route in (route for route in signed_in if route.groups or route.members or route.scopes):
            place = route.span if route.operation == "custom" else _place(resource, "allow", blueprint, route)
            for kind, names in (("groups", route.groups), ("scopes", route.scopes)):
                yield from _grant_faults(kind, names, route, place)
            yield from _member_faults(route, [other.auth for other in routes], place)


def lonely_authorizers(auths: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Authorizers that need another one beside them, which says a fact of itself, and don't have it."""
    for auth in auths:
        beside = auth.facts.get("beside")
        if beside and not any(other.facts.get(beside["fact"]) for other in auths):
            place = blueprint.source.span([*auth.where, beside["at"]])
            yield Diagnostic(beside["message"], place, beside["hint"])


def undeclared_names(auths: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Groups and scopes that an authorizer's options name, as its component lists them, and that there are not."""
    for auth in auths:
        for rule in auth.component.data.get("names", ()):
            for place, name in places_of([*auth.where, *rule["at"].split(".")], blueprint.source.data):
                yield from _name_faults(rule["of"], [name], auth, blueprint.source.span(place))


def _knows_callers(route: Route) -> bool:
    return bool(route.auth.component.data.get("identity"))


def _anonymous_faults(
    resource: Resource, own: Sequence[Route], blueprint: Blueprint, catalog: Catalog
) -> Iterator[Diagnostic]:
    """For `owner` and `allow`, the first route they apply to that anyone may call."""
    anonymous = [route for route in own if not _knows_callers(route)]
    owned = anonymous if blueprint.data["resources"][resource.name]["owner"] else []
    granted = [route for route in anonymous if route.groups or route.members or route.scopes]
    methods = [name for name, component in catalog.of("auth").items() if component.data.get("identity")]
    for key, concerned in (("owner", owned), ("allow", granted)):
        for route in concerned[:1]:
            message = f"`{key}` needs a caller who signed in, but {_called(route)} has auth: {route.auth.name}"
            hint = f"set another `auth` for it: {', '.join(methods)}"
            yield Diagnostic(message, _place(resource, key, blueprint, route), hint)


def _disowning_faults(resource: Resource, routes: Sequence[Route], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """`owner` where an integration, as it says of itself, does not keep items apart: once for each."""
    if not blueprint.data["resources"][resource.name]["owner"]:
        return
    told: set[str] = set()
    for route in routes:
        said, name = route.integration.facts.get("disowns"), route.integration.name
        if said and name not in told:
            told.add(name)
            message = f"`owner` can't be kept by {_called(route)}: its integration {name} {said['why']}"
            place = route.span if route.operation == "custom" else _place(resource, "owner", blueprint, route)
            yield Diagnostic(message, place, said["hint"], severity=said["severity"])


def _claim_faults(resource: Resource, routes: Sequence[Route], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """The claim that says whose items they are: every route has to get it, and under one name."""
    for claim in (scope.name for scope in resource.scope if scope.source == "claim"):
        for route in routes:
            known = route.auth.facts.get("known_claims")
            if blueprint.data["resources"][resource.name]["owner"] is True and subject(route.auth) != claim:
                message = f"{_called(route)} names its caller by {subject(route.auth)}, the other routes by {claim}"
                yield Diagnostic(message, route.span, "give the resource one way to sign in, or two resources")
                break
            if known is not None and claim not in known:
                message = f"{_called(route)} gets no claim {claim!r} with auth: {route.auth.name}"
                place = _place(resource, "owner", blueprint, route)
                yield Diagnostic(message, place, f"known: {', '.join(known)}")
                break


def _grant_faults(kind: str, names: Sequence[str], route: Route, place: Span) -> Iterator[Diagnostic]:
    """Groups or scopes that a route allows: somebody has to check them, and they have to exist."""
    auth = route.auth
    if not names:
        return
    if hint := auth.facts.get("cannot_allow", {}).get(kind):
        yield Diagnostic(f"`allow: {{{kind}}}` can't be checked with auth: {auth.name}", place, hint)
        return
    if not route.function and not (kind == "scopes" and auth.facts.get("scoped")):
        message = f"nobody would check `allow: {{{kind}}}` of {_called(route)}: its integration calls no function"
        yield Diagnostic(message, place, "answer it with a function (integration: lambda), or leave `allow` out")
    elif route.integration.facts.get("keeps_failures") and not (kind == "scopes" and auth.facts.get("scoped")):
        message = f"{_called(route)} answers before anybody checks `allow: {{{kind}}}`: others are refused unseen"
        hint = "work before the answer (integration: lambda), or allow scopes, where API Gateway checks them"
        yield Diagnostic(message, place, hint, severity="warning")
    if auth.facts.get("foreign_grants"):
        return  # they are somebody else's, who declares them
    yield from _name_faults(kind, names, auth, place)


def _member_faults(route: Route, auths: Sequence[Part], place: Span) -> Iterator[Diagnostic]:
    """Groups that a route is for by a role of theirs: the application declares them, since they are given the role."""
    fact = str(route.auth.facts.get(BY_ROLE))
    for beside in [auth for auth in auths if auth.facts.get(fact)][:1] if route.members else ():
        if beside.facts.get("foreign_grants"):
            message = f"groups of a user pool that stands already can't be given a role for {_called(route)}"
            yield Diagnostic(message, place, "name `roles`, or say `auth: cognito` there, whose tokens tell the groups")
        else:
            yield from _name_faults("groups", route.members, beside, place)


def _name_faults(kind: str, names: Sequence[str], auth: Part, place: Span) -> Iterator[Diagnostic]:
    declared = auth.options.get(kind) or ()
    for name in names:
        if name not in declared and name not in ALWAYS[kind]:
            hint = f"declare it: auth: {{{kind}: {{{name}: {MEANING[kind]}}}}}"
            yield Diagnostic(f"there is no {kind.removesuffix('s')} {name!r}", place, hint)


def _called(route: Route) -> str:
    return f"{route.method} {route.path}"


def _place(resource: Resource, key: str, blueprint: Blueprint, route: Route) -> Span:
    """Where `key` of a resource is said, else the route that it is about."""
    said = key in blueprint.source.data["resources"][resource.name]
    return blueprint.source.span(["resources", resource.name, key], of="key") if said else route.span
