"""Every route asks who calls, reaches its function's alias through the stage, and goes live when it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from support.guarantees.auth import user_pool_arn, user_pool_scopes
from support.guarantees.view import Properties, View, arn_of, in_text, ref
from support.release import Template
from tierforge.names import camel

SHAPING = (
    "ApiGateway::Method",
    "ApiGateway::GatewayResponse",
)


def routes_are_those_of_the_blueprint(view: View) -> Iterator[str]:
    wanted = {(route.method, route.path) for route in view.project.stack.routes}
    made = {
        (m["HttpMethod"], path_of(view, m)) for _, m in view.of("ApiGateway::Method") if m["HttpMethod"] != "OPTIONS"
    }
    yield from (f"{method} {path} is missing or too much" for method, path in sorted(wanted ^ made))


def routes_ask_who_calls(view: View) -> Iterator[str]:
    routes = {(route.method, route.path): route for route in view.project.stack.routes}
    for key, method in view.of("ApiGateway::Method"):
        route = routes.get((method["HttpMethod"], path_of(view, method)))
        if route is None or route.auth.name == "none":
            public = method["HttpMethod"] == "OPTIONS" or route is not None
            if not public or method["AuthorizationType"] != "NONE":
                yield f"{key} should be public, or should not be there"
            continue
        kind, authorizer = {
            "cognito": ("COGNITO_USER_POOLS", "Authorizer"),
            "lambda-authorizer": ("CUSTOM", f"{route.auth.id}Authorizer"),
            "iam": ("AWS_IAM", None),
        }[route.auth.name]
        if method["AuthorizationType"] != kind or method.get("AuthorizerId") != (authorizer and ref(authorizer)):
            yield f"{key} does not ask who calls"
        if kind != "COGNITO_USER_POOLS":
            continue
        if method.get("AuthorizationScopes", []) != user_pool_scopes(route):
            yield f"{key} asks for other scopes than the blueprint says"
    for key, authorizer in view.of("ApiGateway::Authorizer"):
        if authorizer["Type"] in ("TOKEN", "REQUEST"):
            continue  # `authorizers_look_at_tokens`
        (auth,) = (part for part in view.project.stack.auths if part.facts.get("user_pool"))
        if authorizer["Type"] != "COGNITO_USER_POOLS" or authorizer["ProviderARNs"] != [user_pool_arn(auth)]:
            yield f"{key} takes tokens of somebody else"
        if authorizer["IdentitySource"] != "method.request.header.Authorization":
            yield f"{key} looks elsewhere than in the Authorization header"


def routes_reach_their_functions_alias(view: View) -> Iterator[str]:
    routes = {(route.method, route.path): route for route in view.project.stack.routes}
    functions = {function.name: function for function in view.project.stack.functions}
    for key, method in view.of("ApiGateway::Method"):
        integration = method["Integration"]
        if method["HttpMethod"] == "OPTIONS":
            if integration["Type"] != "MOCK":
                yield f"{key} should be answered by API Gateway"
            continue
        route = routes.get((method["HttpMethod"], path_of(view, method)))
        if route is None:
            continue
        if not route.function:
            continue
        function = functions[route.function]
        if integration["Type"] not in ("AWS_PROXY", "AWS") or integration.get("IntegrationHttpMethod") != "POST":
            yield f"{key} does not call Lambda with POST"
        if not function.settings["timeout_seconds"] * 1000 < integration.get("TimeoutInMillis", 29001) <= 29000:
            yield f"{key} gives up before its function does"
        variable = f"{camel(function.name)}Alias"
        uri = (
            "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
            f"${{{function.id}Function.Arn}}:${{!stageVariables.{variable}}}/invocations"
        )
        if integration["Uri"] != {"Fn::Sub": uri}:
            yield f"{key} calls something else than {function.name}'s alias"
    served = [f"{camel(f.name)}Alias" for f in functions.values() if f.routes]
    for stage in view.project.stack.stages:
        wanted = {**dict.fromkeys(served, stage.alias), **stage.options["variables"]}
        if view.properties(f"{stage.id}ApiStage")["Variables"] != wanted:
            yield f"the variables of {stage.name} are not {wanted}"


def requests_are_validated(view: View) -> Iterator[str]:
    routes = {(route.method, route.path): route for route in view.project.stack.routes}
    for key, method in view.of("ApiGateway::Method"):
        route = routes.get((method["HttpMethod"], path_of(view, method)))
        if route is None:
            continue
        wanted = "BodyValidator" if route.body else "ParameterValidator"
        if method.get("RequestValidatorId") != ref(wanted) or bool(route.body) != bool(method.get("RequestModels")):
            yield f"{key} is not validated by {wanted}"
        required = {k for k, needed in method.get("RequestParameters", {}).items() if needed}
        in_path = {f"method.request.path.{name}" for name in re.findall(r"\{(\w+)\}", route.path)}
        if not in_path <= required:
            yield f"{key} does not ask for its path's parameters"
    validators = dict(view.of("ApiGateway::RequestValidator"))
    if not validators["BodyValidator"]["ValidateRequestBody"]:
        yield "BodyValidator lets every body pass"
    for key, validator in validators.items():
        if not validator["ValidateRequestParameters"]:
            yield f"{key} lets requests without parameters pass"


def deployments_wait_for_what_they_deploy(view: View) -> Iterator[str]:
    ((key, deployment),) = view.of("ApiGateway::Deployment")
    waits = set(view.resources[key].get("DependsOn", []))
    missing = {other for kind in SHAPING for other, _ in view.of(kind) if other in view.written} - waits
    yield from (f"{key} does not wait for {other}" for other in sorted(missing))
    if not re.fullmatch(r"ApiDeployment[0-9a-f]{8}", key):
        yield f"{key} does not carry a digest of what it deploys"
    if "StageName" in deployment:
        yield f"{key} makes a stage of its own"
    if view.resources[key].get("UpdateReplacePolicy") != "Retain":
        yield f"{key} is lost when the next one comes: nobody could go back to it"
    for stage_key, stage in Template(view.template).of("ApiGateway::Stage"):
        if stage["DeploymentId"] != ref(key):
            yield f"{stage_key} serves something else than {key}"


def stages_keep_what_is_moved_to_them(view: View) -> Iterator[str]:
    """Of several stages the first follows the template; the others stay at what their parameters say."""
    for stage in view.project.stack.stages:
        said = {f"{stage.release}{'' if stage.moved else 'Stable'}DeploymentId": "moved1"}
        template = Template(view.template, said)
        own = dict(template.of("ApiGateway::Stage"))[f"{stage.id}ApiStage"]
        if (own["DeploymentId"] == "moved1") != bool(stage.moved or stage.options["canary"]):
            yield f"{stage.name} does not serve what its parameters say"


def canaries_are_apart_from_what_is_stable(view: View) -> Iterator[str]:
    for stage in view.project.stack.stages:
        prefix = stage.release
        running = {f"{prefix}CanaryPercent": "10", f"{prefix}StableDeploymentId": "stable1"}
        template = Template(view.template, running)
        own = dict(template.of("ApiGateway::Stage"))[f"{stage.id}ApiStage"]
        if not stage.options["canary"]:
            if "CanarySetting" in own:
                yield f"{stage.name} has a canary that nobody asked for"
            continue
        (_, side), canary = stage.sides, own["CanarySetting"]
        served = [f"{camel(f.name)}Alias" for f in view.project.stack.functions if f.routes]
        if canary["StageVariableOverrides"] != dict.fromkeys(served, side.alias) or canary["UseStageCache"]:
            yield f"the canary of {stage.name} runs the stable code"
        if (own["DeploymentId"], str(canary["PercentTraffic"])) != ("stable1", "10"):
            yield f"the canary of {stage.name} takes more than its share"
        if not Template(view.template, {f"{prefix}CanaryPercent": "10"}).broken_rule():
            yield f"{stage.name} may have a canary without a stable release"
        for group in ("CanaryAccessLogGroup", "CanaryExecutionLogGroup"):
            stable = _name(view.properties(f"{stage.id}{group.removeprefix('Canary')}"))
            if _name(view.properties(f"{stage.id}{group}")) != f"{stable}/Canary":
                yield f"API Gateway would make {group} of {stage.name} itself, for ever"


def stages_are_watched_and_throttled(view: View) -> Iterator[str]:
    if [stage["StageName"] for _, stage in view.of("ApiGateway::Stage")] != [s.name for s in view.project.stack.stages]:
        yield "the stages are not those of the blueprint"
    for stage in view.project.stack.stages:
        yield from _stage_faults(f"{stage.id}ApiStage", stage.id, view.properties(f"{stage.id}ApiStage"), view)


def _stage_faults(key: str, stem: str, stage: Properties, view: View) -> Iterator[str]:
    settings = {(s["ResourcePath"], s["HttpMethod"]): s for s in stage["MethodSettings"]}
    own = [r for r in view.project.stack.routes if r.throttle or (r.cache and stage.get("CacheClusterEnabled"))]
    throttled = {("/" + r.path.replace("/", "~1"), r.method) for r in own}
    if set(settings) != {("/*", "*"), *throttled}:
        yield f"{key} has settings for {sorted(settings)}"
    for place, said in settings.items():
        if said["DataTraceEnabled"] is not False:
            yield f"{key} logs bodies and tokens of {place}"
        if said["LoggingLevel"] not in ("OFF", "ERROR", "INFO") or not (
            said["ThrottlingRateLimit"] > 0 and said["ThrottlingBurstLimit"] > 0
        ):
            yield f"{key} neither logs nor throttles {place}"
    if stage["TracingEnabled"] is not view.blueprint["observability"]["tracing"]:
        yield f"{key} traces against the blueprint"
    access, group = stage["AccessLogSetting"], view.properties(f"{stem}AccessLogGroup")
    if access["DestinationArn"] != arn_of(f"{stem}AccessLogGroup") or not _name(group).startswith(
        "/aws/vendedlogs/apigateway/"
    ):
        yield f"{key} has no access log"
    execution = _name(view.properties(f"{stem}ExecutionLogGroup"))
    if execution != f"API-Gateway-Execution-Logs_${{RestApi}}/{stage['StageName']}":
        yield f"API Gateway would make the log group of {key} itself, for ever"


def faults_are_answered_in_json(view: View) -> Iterator[str]:
    cors = view.blueprint["api"]["cors"]
    found = {answer["ResponseType"]: answer for _, answer in view.of("ApiGateway::GatewayResponse")}
    yield from (f"there is no answer for {kind}" for kind in ("DEFAULT_4XX", "DEFAULT_5XX") if kind not in found)
    header = "gatewayresponse.header.Access-Control-Allow-Origin"
    for kind, answer in found.items():
        text = next(iter(answer["ResponseTemplates"].values()))
        if "message" not in json.loads(
            re.sub(r"\$context\.\w+\.\w*String|\$context\.[\w.]+", '"x"', text).replace('""', '"')
        ):
            yield f"{kind} is not answered like the handlers answer"
        origin = answer.get("ResponseParameters", {}).get(header)
        if origin != (in_text(f"'{cors['allow_origins'][0]}'") if cors else None):
            yield f"{kind} is not answered for the browsers that may call"


def browsers_may_call_where_the_blueprint_says(view: View) -> Iterator[str]:
    preflights = {path_of(view, m): m for _, m in view.of("ApiGateway::Method") if m["HttpMethod"] == "OPTIONS"}
    cors = view.blueprint["api"]["cors"]
    paths = {route.path for route in view.project.stack.routes} if cors else set()
    if set(preflights) != paths:
        yield f"preflights stand at {sorted(preflights)}, routes at {sorted(paths)}"
    for path, method in preflights.items():
        if [answer["StatusCode"] for answer in method["MethodResponses"]] != ["204"]:
            yield f"the preflight of {path} is not answered with 204"


def outputs_say_how_to_reach_it(view: View) -> Iterator[str]:
    functions = {f"{function.id}FunctionName" for function in view.project.stack.functions}
    wanted = {"ApiUrl", "RestApiId", "CurrentDeploymentId"} | functions
    yield from (f"the output {name} is missing" for name in sorted(wanted - set(view.template["Outputs"])))


def path_of(view: View, method: object) -> str:
    """The path that a method stands at, walked up from its resource."""
    assert isinstance(method, dict)
    parts, here = [], method["ResourceId"].get("Ref", "")
    while here:
        resource = view.properties(here)
        parts.append(resource["PathPart"])
        here = resource["ParentId"].get("Ref", "")
    return "/" + "/".join(reversed(parts))


def _name(group: object) -> str:
    """The text of a log group's name."""
    assert isinstance(group, dict)
    said = group.get("LogGroupName", {}).get("Fn::Sub", "")
    return said if isinstance(said, str) else said[0]


GUARANTEES = (
    routes_are_those_of_the_blueprint,
    routes_ask_who_calls,
    routes_reach_their_functions_alias,
    requests_are_validated,
    deployments_wait_for_what_they_deploy,
    stages_keep_what_is_moved_to_them,
    canaries_are_apart_from_what_is_stable,
    stages_are_watched_and_throttled,
    faults_are_answered_in_json,
    browsers_may_call_where_the_blueprint_says,
    outputs_say_how_to_reach_it,
)
