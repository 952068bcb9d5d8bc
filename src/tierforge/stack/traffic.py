"""What a blueprint says of throttles, answers that are kept and API keys, turned into what routes and stages do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Cached, Part, Route, Setting, Stage, Where

KEPT = ("GET",)  # what a stage keeps: API Gateway's default, and all that is safe
KEY_HEADER = "x-api-key"
# Where a request carries a parameter, as blueprints and as API Gateway write it.
PLACES = {"path": "path", "query": "querystring", "header": "header"}


def with_traffic(route: Route, api: Part, *said: tuple[Where, Mapping[str, Any]]) -> Route:
    """`route` with its cache and API key; each of `said`, a resource's and a route's own, goes before the last."""
    api_key = bool(api.options.get("api_key"))
    cache: Cached | None = None
    for where, own in said:
        api_key = own.get("api_key", api_key)
        if "response_cache" in own:
            cache = _cached(own["response_cache"], (*where, "response_cache"))
    if cache is None or route.method not in KEPT:
        return replace(route, api_key=api_key)
    caller = () if cache.shared else credentials(route.auth)
    known = {name.lower() for name in declared(route)}
    added: dict[str, list[str]] = {kind: [] for kind in PLACES}
    for key in (*cache.keys, *caller):
        kind, name = key.split(".")
        written = f"method.request.{PLACES[kind]}.{name}".lower()
        if written not in known:
            known.add(written)
            added[kind].append(name)
    query = (*route.optional_query, *added["query"])
    headers = (*route.headers, *added["header"])
    return replace(route, api_key=api_key, cache=cache, optional_query=query, headers=headers)


def _cached(said: Any, where: Where) -> Cached | None:
    if said is False:
        return None
    return Cached(said.get("ttl_seconds"), tuple(said["keys"]), said["shared"], where)


def credentials(auth: Part) -> tuple[str, ...]:
    """Where a request carries what tells one caller from another; nothing where each is signed anew."""
    if auth.facts.get("signed"):
        return ()
    return tuple(auth.options.get("identity_sources") or auth.facts.get("default_sources", ()))


def declared(route: Route) -> dict[str, bool]:
    """The request parameters of a route as API Gateway names them, and whether a request has to have them."""
    said = (
        ("path", route.parameters, True),
        ("query", route.query, True),
        ("query", route.optional_query, False),
        ("header", route.headers, False),
    )
    return {f"method.request.{PLACES[kind]}.{n}": needed for kind, names, needed in said for n in names}


def settings_of(stage: Stage, routes: Sequence[Route]) -> tuple[Setting, ...]:
    """What a stage does with all methods, then with those that say something of their own.

    A method with a setting of its own inherits nothing, so each of them is complete. Slashes are escaped
    as in a JSON pointer.
    """
    throttle, cache = stage.options["throttle"], stage.options["cache"]
    found = [Setting("/*", "*", throttle)]
    for route in routes:
        ttl = None
        if cache and route.cache:
            own = route.cache.ttl_seconds
            ttl = cache["ttl_seconds"] if own is None else own
        if route.throttle or ttl is not None:
            path = "/" + route.path.replace("/", "~1")
            found.append(Setting(path, route.method, route.throttle or throttle, ttl))
    return tuple(found)


def traffic_faults(routes: Sequence[Route], api: Part, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Answers that can't or must not be kept, and API keys and plans that come to nothing."""
    by_place: dict[Where, list[Route]] = {}
    for route in routes:
        if route.cache:
            by_place.setdefault(route.cache.where, []).append(route)
    uncached = bool(api.facts.get("keeps_answers")) and not api.options.get("cache")
    for where, kept in by_place.items():
        if uncached:
            hint = "say how large it is: api: {cache: {size_gb: 0.5}}"
            place = blueprint.source.span(where, of="key")
            yield Diagnostic("`response_cache` needs the cache of the API", place, hint)
        yield from _cache_faults(where, kept, blueprint)
    if api.options.get("cache") and not by_place:
        hint = "say `response_cache: true` on a resource, or leave the cache out: it is billed by the hour"
        place = blueprint.source.span(["api", "cache"], of="key")
        yield Diagnostic("no resource keeps answers in the cache", place, hint, severity="warning")
    yield from _key_faults(routes, api, blueprint)
    yield from _plan_faults(routes, api, blueprint)


def _cache_faults(where: Where, kept: Sequence[Route], blueprint: Blueprint) -> Iterator[Diagnostic]:
    here = blueprint.source.span(where, of="key")
    cache = kept[0].cache
    if cache is None:
        return
    in_paths = {f"path.{name}" for route in kept for name in route.parameters}
    for index, key in enumerate(cache.keys):
        if key.startswith("path.") and key not in in_paths:
            place = blueprint.source.span([*where, "keys", index])
            hint = f"there {'are' if in_paths else 'is no parameter'} {', '.join(sorted(in_paths))}".strip()
            yield Diagnostic(f"no path has the parameter of {key!r}", place, hint)
    owned = [r for r in kept if any(scope.source == "claim" for scope in r.resource.scope)]
    if cache.shared and owned:
        hint = "leave `shared` out: who calls is then part of the key"
        place = blueprint.source.span([*where, "shared"], of="key")
        yield Diagnostic("items that belong to their owner would be answered to every caller", place, hint)
    for route in [r for r in kept if _caller_unseen(r)][:1]:
        message = f"with auth: {route.auth.name} no part of a request stays the same for one caller"
        hint = "say `shared: true` if every caller gets the same answer; else leave `response_cache` out"
        yield Diagnostic(message, here, hint)


def _caller_unseen(route: Route) -> bool:
    """Whether an answer is for one caller, and nothing in a request can be the key for that."""
    shared = route.cache is None or route.cache.shared
    return not shared and bool(route.auth.component.data.get("identity")) and not credentials(route.auth)


def _key_faults(routes: Sequence[Route], api: Part, blueprint: Blueprint) -> Iterator[Diagnostic]:
    asking = [route for route in routes if route.api_key]
    if asking and api.facts.get("counts_keys") and not api.options["usage_plans"]:
        hint = "give callers a key: api: {usage_plans: {basic: {keys: [partner]}}}"
        message = "routes ask for an API key, and no usage plan here has one"
        yield Diagnostic(message, asking[0].span, hint, severity="warning")
    cors = api.options["cors"]
    if asking and cors and KEY_HEADER not in map(str.lower, cors["allow_headers"]):
        hint = f"add {KEY_HEADER} to api.cors.allow_headers"
        place = blueprint.source.span(["api", "cors"], of="key")
        yield Diagnostic("pages can't send the API key that routes ask for", place, hint, severity="warning")
    for name in dict.fromkeys(r.resource.name for r in asking if not r.auth.component.data.get("identity")):
        place = blueprint.source.span(["resources", name], of="key")
        message = f"an API key is all that {name!r} asks for: it counts callers, and does not say who they are"
        yield Diagnostic(message, place, "set `auth` for it: keys are not secret enough for more", severity="warning")


def _plan_faults(routes: Sequence[Route], api: Part, blueprint: Blueprint) -> Iterator[Diagnostic]:
    plans: Mapping[str, Any] = api.options.get("usage_plans") or {}
    here = ("api", "usage_plans")
    if plans and not any(route.api_key for route in routes):
        hint = "say `api_key: true` for the API, a resource or a route"
        place = blueprint.source.span(here, of="key")
        yield Diagnostic("no route asks for an API key, so no plan ever counts", place, hint, severity="warning")
    known = {f"{route.method} {route.path}" for route in routes}
    taken: dict[str, Where] = {}
    for name, plan in plans.items():
        for index, key in enumerate(plan["keys"]):
            where = (*here, name, "keys", index)
            other = taken.setdefault(key, where)
            if other != where:
                first, second = blueprint.source.span(other), blueprint.source.span(where)
                message = f"the key {key!r} is in two plans of one stage"
                yield Diagnostic(message, second, "give each plan keys of its own", related=(first,))
        for route in (plan.get("throttle") or {}).get("routes", ()):
            if route not in known:
                place = blueprint.source.span([*here, name, "throttle", "routes", route], of="key")
                yield Diagnostic(f"there is no route {route!r}", place, f"one of: {', '.join(sorted(known))}")
