"""What holds of an HTTP API: its routes ask who calls, reach their functions' aliases, and go live when they change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from support.guarantees.auth import user_pool_scopes, user_pool_tokens
from support.guarantees.view import Properties, View, arn_of, in_text
from support.release import Template
from tierforge.model import Route
from tierforge.names import camel


def http_routes_are_those_of_the_blueprint(view: View) -> Iterator[str]:
    wanted = {_key(route) for route in view.project.stack.routes}
    made = {route["RouteKey"] for _, route in view.of("ApiGatewayV2::Route")}
    yield from (f"{key} is missing or too much" for key in sorted(wanted ^ made))


def http_routes_ask_who_calls(view: View) -> Iterator[str]:
    for key, made, route in _routes(view):
        if route.auth.name == "none":
            if made["AuthorizationType"] != "NONE":
                yield f"{key} should be public"
            continue
        if made["AuthorizationType"] not in ("JWT", "CUSTOM", "AWS_IAM"):
            yield f"{key} does not ask who calls"
        if made["AuthorizationType"] == "JWT":
            authorizer = view.properties(made["AuthorizerId"]["Ref"])
            if (authorizer.get("AuthorizerType"), authorizer.get("JwtConfiguration")) != ("JWT", _tokens(route)):
                yield f"{key} takes tokens of somebody else"
            if made.get("AuthorizationScopes", []) != _scopes(route):
                yield f"{key} asks for other scopes than the blueprint says"
    for key, authorizer in view.of("ApiGatewayV2::Authorizer"):
        asks = authorizer["AuthorizerType"] == "REQUEST"  # `authorizers_look_at_tokens`
        if not asks and authorizer["IdentitySource"][0] != "$request.header.Authorization":
            yield f"{key} looks elsewhere than in the Authorization header"


def _tokens(route: Route) -> dict[str, Any]:
    """Whose tokens a route takes, and for whom they have to be."""
    said = route.auth.options
    if "issuer" in said:
        audience = said["audience"]
        return {"Issuer": said["issuer"], "Audience": [audience] if isinstance(audience, str) else audience}
    return user_pool_tokens(route.auth)


def _scopes(route: Route) -> list[Any]:
    said = route.auth.options
    if "issuer" in said:
        return list(route.scopes or said["scopes"] or ())
    return user_pool_scopes(route)


def http_routes_reach_their_functions_alias(view: View) -> Iterator[str]:
    functions = {function.name: function for function in view.project.stack.functions}
    for key, made, route in _routes(view):
        target = re.fullmatch(r"integrations/\$\{(\w+)\}", made["Target"]["Fn::Sub"])
        integration = view.properties(target[1]) if target else {}
        if not integration:
            yield f"{key} has no integration"
        elif route.function:
            function = functions[route.function]
            if (integration["IntegrationType"], integration.get("PayloadFormatVersion")) != ("AWS_PROXY", "2.0"):
                yield f"{key} does not call Lambda with the events that handlers read"
            if not function.settings["timeout_seconds"] * 1000 < integration.get("TimeoutInMillis", 30001) <= 30000:
                yield f"{key} gives up before its function does"
            uri = (
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
                f"${{{function.id}Function.Arn}}:${{!stageVariables.{camel(function.name)}Alias}}/invocations"
            )
            if integration["IntegrationUri"] != {"Fn::Sub": uri}:
                yield f"{key} calls something else than {function.name}'s alias"
    served = [f"{camel(f.name)}Alias" for f in functions.values() if f.routes]
    for stage in view.project.stack.stages:
        wanted = {**dict.fromkeys(served, stage.alias), **stage.options["variables"]}
        if view.properties(f"{stage.id}ApiStage")["StageVariables"] != wanted:
            yield f"the variables of {stage.name} are not {wanted}"


def http_deployments_wait_for_what_they_deploy(view: View) -> Iterator[str]:
    ((key, _),) = view.of("ApiGatewayV2::Deployment")
    missing = {other for other, _ in view.of("ApiGatewayV2::Route")} - set(view.resources[key].get("DependsOn", []))
    yield from (f"{key} does not wait for {other}" for other in sorted(missing))
    if not re.fullmatch(r"ApiDeployment[0-9a-f]{8}", key):
        yield f"{key} does not carry a digest of what it deploys"
    if view.resources[key].get("UpdateReplacePolicy") != "Retain":
        yield f"{key} is lost when the next one comes: nobody could go back to it"
    for stage_key, stage in Template(view.template).of("ApiGatewayV2::Stage"):
        if stage["AutoDeploy"] or stage["DeploymentId"] != arn_of(key, "DeploymentId"):
            yield f"{stage_key} serves something else than {key}"


def http_stages_keep_what_is_moved_to_them(view: View) -> Iterator[str]:
    """Of several stages the first follows the template; the others stay at what their parameters say."""
    for stage in view.project.stack.stages:
        template = Template(view.template, {f"{stage.release}DeploymentId": "moved1"})
        own = dict(template.of("ApiGatewayV2::Stage"))[f"{stage.id}ApiStage"]
        if (own["DeploymentId"] == "moved1") != stage.moved:
            yield f"{stage.name} does not serve what its parameters say"


def http_stages_are_watched_and_throttled(view: View) -> Iterator[str]:
    stages = {stage["StageName"]: key for key, stage in view.of("ApiGatewayV2::Stage")}
    if list(stages) != [stage.name for stage in view.project.stack.stages]:
        yield "the stages are not those of the blueprint"
    for key in stages.values():
        yield from _stage_faults(key, view.properties(key), view)


def _stage_faults(key: str, stage: Properties, view: View) -> Iterator[str]:
    throttled = {_key(route) for route in view.project.stack.routes if route.throttle}
    own = stage.get("RouteSettings", {})
    if set(own) != throttled:
        yield f"{key} has settings for {sorted(own)}"
    for place, said in {"every route": stage["DefaultRouteSettings"], **own}.items():
        if not (said["ThrottlingRateLimit"] > 0 and said["ThrottlingBurstLimit"] > 0):
            yield f"{key} does not throttle {place}"
        if said["DetailedMetricsEnabled"] is not view.blueprint["observability"]["metrics"]:
            yield f"{key} measures {place} against the blueprint"
    access = stage["AccessLogSettings"]
    group = access["DestinationArn"]["Fn::GetAtt"][0]
    name = view.properties(group).get("LogGroupName", {}).get("Fn::Sub", [""])[0]
    if not name.startswith("/aws/vendedlogs/apigateway/"):
        yield f"{key} has no access log"


def http_browsers_may_call_where_the_blueprint_says(view: View) -> Iterator[str]:
    ((key, api),) = view.of("ApiGatewayV2::Api")
    said, made = view.blueprint["api"]["cors"], api.get("CorsConfiguration", {})
    if made.get("AllowOrigins", []) != ([in_text(origin) for origin in said["allow_origins"]] if said else []):
        yield f"{key} lets pages of {made.get('AllowOrigins')} call"
    methods = {route.method for route in view.project.stack.routes} if said else set()
    if set(made.get("AllowMethods", [])) != methods:
        yield f"{key} lets pages call with {made.get('AllowMethods')}"


def http_outputs_say_how_to_reach_it(view: View) -> Iterator[str]:
    functions = {f"{function.id}FunctionName" for function in view.project.stack.functions}
    wanted = {"ApiUrl", "ApiId", "CurrentDeploymentId"} | functions
    yield from (f"the output {name} is missing" for name in sorted(wanted - set(view.template["Outputs"])))


def _key(route: Route) -> str:
    return f"{route.method} {route.path}"


def _routes(view: View) -> Iterator[tuple[str, Properties, Route]]:
    """Logical ID and properties of every route that the blueprint says, and that route."""
    said = {_key(route): route for route in view.project.stack.routes}
    for key, made in view.of("ApiGatewayV2::Route"):
        if made["RouteKey"] in said:
            yield key, made, said[made["RouteKey"]]


GUARANTEES = (
    http_routes_are_those_of_the_blueprint,
    http_routes_ask_who_calls,
    http_routes_reach_their_functions_alias,
    http_deployments_wait_for_what_they_deploy,
    http_stages_keep_what_is_moved_to_them,
    http_stages_are_watched_and_throttled,
    http_browsers_may_call_where_the_blueprint_says,
    http_outputs_say_how_to_reach_it,
)
