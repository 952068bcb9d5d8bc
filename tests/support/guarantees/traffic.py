"""What is kept is kept for those it is for; who is counted is counted on a stage that exists."""

from __future__ import annotations

from collections.abc import Iterator

from support.guarantees.api import path_of
from support.guarantees.view import View, ref
from tierforge.stack.traffic import credentials

WRITTEN = {"path": "path", "query": "querystring", "header": "header"}


def stages_keep_what_the_blueprint_says(view: View) -> Iterator[str]:
    for stage in view.project.stack.stages:
        made, cache = view.properties(f"{stage.id}ApiStage"), stage.options["cache"]
        if (made.get("CacheClusterEnabled", False), made.get("CacheClusterSize")) != (
            bool(cache),
            str(cache["size_gb"]) if cache else None,
        ):
            yield f"{stage.name} has another cache than the blueprint says"
        kept = {
            (s["HttpMethod"], s["ResourcePath"]): s for s in made.get("MethodSettings", ()) if s.get("CachingEnabled")
        }
        wanted = {
            (r.method, "/" + r.path.replace("/", "~1")): r.cache.ttl_seconds
            for r in view.project.stack.routes
            if r.cache
        }
        if set(kept) != (set(wanted) if cache else set()):
            yield f"{stage.name} keeps answers of {sorted(kept)}"
            continue
        for route, said in kept.items():
            own = wanted.get(route)
            if said.get("CacheDataEncrypted") is not True:
                yield f"{stage.name} keeps answers of {route} in clear"
            if said.get("CacheTtlInSeconds") != (cache["ttl_seconds"] if own is None else own):
                yield f"{stage.name} keeps answers of {route} for another time"


def kept_answers_go_to_those_they_are_for(view: View) -> Iterator[str]:
    routes = {(route.method, route.path): route for route in view.project.stack.routes}
    for key, method in view.of("ApiGateway::Method"):
        route = routes.get((method["HttpMethod"], path_of(view, method)))
        by = method["Integration"].get("CacheKeyParameters", [])
        if route is None or route.cache is None:
            if by:
                yield f"{key} has a key for answers that nobody keeps"
            continue
        declared = set(method.get("RequestParameters", {}))
        if not set(by) <= declared:
            yield f"{key} keeps answers by what API Gateway does not know of: {sorted(set(by) - declared)}"
        wanted = {f"method.request.path.{name}" for name in route.parameters}
        wanted |= {f"method.request.querystring.{name}" for name in (*route.query, *route.optional_query)}
        for said in route.cache.keys:
            kind, name = said.split(".")
            wanted.add(f"method.request.{WRITTEN[kind]}.{name}")
        if route.auth.component.data.get("identity") and not route.cache.shared:
            asked = (said.split(".") for said in credentials(route.auth))
            wanted |= {f"method.request.{WRITTEN[kind]}.{name}" for kind, name in asked}
        if missing := {name.lower() for name in wanted} - {name.lower() for name in by}:
            yield f"{key} answers requests alike that differ in {sorted(missing)}"
        if by and method["Integration"].get("CacheNamespace") != route.name:
            yield f"{key} shares its answers with other methods"


def keys_are_asked_for_and_counted(view: View) -> Iterator[str]:
    routes = {(route.method, route.path): route for route in view.project.stack.routes}
    for key, method in view.of("ApiGateway::Method"):
        route = routes.get((method["HttpMethod"], path_of(view, method)))
        if method.get("ApiKeyRequired", False) != bool(route and route.api_key):
            yield f"{key} asks for an API key against the blueprint"
    plans = (view.project.stack.routes and view.blueprint["api"].get("usage_plans")) or {}
    stages = [ref(f"{stage.id}ApiStage") for stage in view.project.stack.stages]
    made = dict(view.of("ApiGateway::UsagePlan"))
    if len(made) != len(plans):
        yield f"there are the plans {sorted(made)}"
    for key, plan in made.items():
        if [stage["Stage"] for stage in plan["ApiStages"]] != stages:
            yield f"{key} does not wait for the stages that it counts on"
    keys = dict(view.of("ApiGateway::ApiKey"))
    yield from (f"{key} stands in the template with its value" for key, said in keys.items() if "Value" in said)
    counted = {said["KeyId"]["Ref"]: said["UsagePlanId"]["Ref"] for _, said in view.of("ApiGateway::UsagePlanKey")}
    if set(counted) != set(keys) or not set(counted.values()) <= set(made):
        yield "there are keys without a plan"
    watched = [said["LogGroupName"] for _, said in view.of("Logs::MetricFilter") if '"429"' in said["FilterPattern"]]
    named = plans and view.blueprint["observability"]["access_logs"] != "clf"  # CLF does not say whose key it was
    if watched != ([ref(f"{stage.id}AccessLogGroup") for stage in view.project.stack.stages] if named else []):
        yield "nobody counts the calls of the keys"


GUARANTEES = (
    stages_keep_what_the_blueprint_says,
    kept_answers_go_to_those_they_are_for,
    keys_are_asked_for_and_counted,
)
