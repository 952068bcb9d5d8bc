"""What the architecture of every pattern comes to, row by row: API, functions, logs, alarms and tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from support.catalog import CATALOG
from support.guarantees.view import Properties, View, arn_of, listed, ref, target
from tierforge.names import camel

LIVE = re.compile(r":\$\{!stageVariables\.\w+Alias\}/invocations$")
# What can't be named more closely: X-Ray, and what EC2 lets describe.
NO_ARN = {"SendTraces", "LookUpNetwork"}
OPEN_TO_ALL = ("AdministratorAccess", "PowerUserAccess", "FullAccess")
GROUPS = {"IpReputationList", "CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet"}


RUNTIMES = {
    name
    for component in CATALOG.all()
    if component.kind == "runtime"
    for name, said in component.data["versions"].items()
    if "deprecated" not in said
}


def _methods(view: View) -> Iterator[tuple[str, Properties]]:
    """The methods that clients call: those that answer a browser's question before a call are left out."""
    return ((key, method) for key, method in view.of("ApiGateway::Method") if method["HttpMethod"] != "OPTIONS")


def _browsers(view: View) -> bool:
    return bool(view.blueprint["api"]["cors"])


def c1_the_api_is_regional(view: View) -> Iterator[str]:
    ((key, api),) = view.of("ApiGateway::RestApi")
    if (key, api["EndpointConfiguration"]["Types"]) != ("RestApi", ["REGIONAL"]):
        yield f"{key} is {api['EndpointConfiguration']}"
    if "Body" in api:
        yield "methods stand in a body as well"


def c2_methods_ask_who_calls_and_call_an_alias(view: View) -> Iterator[str]:
    for key, method in _methods(view):
        integration = method["Integration"]
        shape = integration["Type"], integration["IntegrationHttpMethod"]
        if shape != ("AWS_PROXY", "POST") or integration["TimeoutInMillis"] > 29000:
            yield f"{key} is answered by {integration}"
        if not LIVE.search(integration["Uri"]["Fn::Sub"]):
            yield f"{key} calls no alias by the stage's variable"
        if method["AuthorizationType"] == "NONE":
            yield f"{key} asks nobody who they are"


def c3_deployments_are_kept_and_wait_for_all_that_they_deploy(view: View) -> Iterator[str]:
    ((key, deployment),) = view.of("ApiGateway::Deployment")
    entry = view.resources[key]
    if not re.fullmatch(r"ApiDeployment[0-9a-f]{8}", key) or "StageName" in deployment:
        yield f"{key} is no deployment by its content"
    if (entry["DeletionPolicy"], entry["UpdateReplacePolicy"]) != ("RetainExceptOnCreate", "Retain"):
        yield f"{key} goes with the next one"
    needed = {each for each, _ in view.of("ApiGateway::Method", "ApiGateway::GatewayResponse")}
    if missing := needed - set(entry["DependsOn"]):
        yield f"{key} does not wait for {sorted(missing)}"


def c4_the_stage_is_watched_and_throttled(view: View) -> Iterator[str]:
    ((_, stage),) = view.of("ApiGateway::Stage")
    serving = {f"{camel(function.name)}Alias" for function in view.project.stack.functions if function.routes}
    if stage["Variables"] != dict.fromkeys(serving, "live"):
        yield f"the stage's variables are {stage['Variables']}"
    if not stage["TracingEnabled"] or "\n" in stage["AccessLogSetting"]["Format"]:
        yield "requests leave no trace or a log of several lines"
    json.loads(stage["AccessLogSetting"]["Format"])
    (everywhere,) = (
        each for each in stage["MethodSettings"] if (each["ResourcePath"], each["HttpMethod"]) == ("/*", "*")
    )
    watched = everywhere["DataTraceEnabled"], everywhere["MetricsEnabled"]  # corrected: those by method are paid for
    if watched != (False, False) or not everywhere["LoggingLevel"] or not everywhere["ThrottlingRateLimit"]:
        yield f"all methods have {everywhere}"
    if "CanarySetting" in stage:
        yield "a canary stands where nobody asks for one"


def c5_logs_end(view: View) -> Iterator[str]:
    groups = dict(view.of("Logs::LogGroup"))
    yield from (f"{key} is kept for ever" for key, group in groups.items() if "RetentionInDays" not in group)
    wanted = {"AccessLogGroup", "ExecutionLogGroup", *(f"{f.id}LogGroup" for f in view.project.stack.functions)}
    yield from (f"there is no {key}" for key in sorted(wanted - set(groups)))
    if not str(groups["AccessLogGroup"]["LogGroupName"]).count("/aws/vendedlogs/apigateway/"):
        yield "access logs go elsewhere"


def c6_errors_of_the_gateway_are_answers_too(view: View) -> Iterator[str]:
    answers = {answer["ResponseType"]: answer for _, answer in view.of("ApiGateway::GatewayResponse")}
    yield from (f"there is no {kind}" for kind in ("DEFAULT_4XX", "DEFAULT_5XX") if kind not in answers)
    for kind, answer in answers.items():
        let = "gatewayresponse.header.Access-Control-Allow-Origin" in answer.get("ResponseParameters", {})
        if let != _browsers(view):
            yield f"{kind} is for browsers: {let}"


def c7_bodies_and_parameters_are_checked(view: View) -> Iterator[str]:
    for key, method in _methods(view):
        takes_body = method["HttpMethod"] in ("POST", "PUT", "PATCH")
        validator = "BodyValidator" if takes_body else "ParameterValidator"
        if target(method["RequestValidatorId"]) != validator or takes_body != ("RequestModels" in method):
            yield f"{key} is checked by {method['RequestValidatorId']}"


def c8_functions_have_roles_of_their_own(view: View) -> Iterator[str]:
    roles = [target(function["Role"]) for _, function in view.of("Lambda::Function")]
    if len(set(roles)) != len(roles):
        yield "two functions share a role"
    for key in roles:
        role = view.properties(key)
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        if trust["Principal"] != {"Service": "lambda.amazonaws.com"}:
            yield f"{key} trusts {trust['Principal']}"
        if any(str(policy).endswith(OPEN_TO_ALL) for policy in role.get("ManagedPolicyArns", ())):
            yield f"{key} may do anything"
        for statement in (each for policy in role["Policies"] for each in policy["PolicyDocument"]["Statement"]):
            if "*" in listed(statement["Action"]):
                yield f"{key}: {statement['Sid']} allows every call"
            open_to = statement["Effect"] == "Allow" and "*" in listed(statement["Resource"])
            if open_to and statement["Sid"] not in NO_ARN:
                yield f"{key}: {statement['Sid']} is about everything"
            if statement["Sid"] == "WriteOwnLogs" and statement["Resource"] != arn_of(key.replace("Role", "LogGroup")):
                yield f"{key} writes to logs of others"


def c9_functions_run_on_arm_and_log_and_trace(view: View) -> Iterator[str]:
    for key, function in view.of("Lambda::Function"):
        if function["Architectures"] != ["arm64"] or function["TracingConfig"]["Mode"] != "Active":
            yield f"{key} runs otherwise"
        if target(function["LoggingConfig"]["LogGroup"]) != key.replace("Function", "LogGroup"):
            yield f"{key} logs elsewhere"
        if function["Runtime"] not in RUNTIMES:
            yield f"{key} runs on {function['Runtime']}"
        code = function["Code"]  # corrected: written out; before packaging, an object that never exists
        if code["S3Bucket"] != ref("ArtifactBucket") or not code["S3Key"].startswith("run-tierforge-package-first/"):
            yield f"{key} would be deployed with {code}"
    for function in view.project.stack.functions:
        if function.routes and view.properties(f"{function.id}Function")["Timeout"] != 28:
            yield f"{function.name} may take longer than its API waits"


def c10_releases_are_versions_behind_an_alias(view: View) -> Iterator[str]:
    for key, alias in view.of("Lambda::Alias"):
        version = target(alias["FunctionVersion"])
        if alias["Name"] != "live" or not re.fullmatch(r"\w+Version[0-9a-f]{8}", version):
            yield f"{key} is {alias['Name']} on {version}"
        if view.resources[version]["DeletionPolicy"] != "Retain":
            yield f"{version} goes with the next one"


def c11_the_api_may_call_the_alias_below_its_path(view: View) -> Iterator[str]:
    permissions = [
        each
        for _, each in view.of("Lambda::Permission")
        if each["Principal"].startswith("apigateway.") and "/authorizers/" not in str(each["SourceArn"])
    ]
    called = [target(permission["FunctionName"]) for permission in permissions]
    serving = [f"{function.id}Alias" for function in view.project.stack.functions if function.routes]
    if sorted(called) != sorted(serving):
        yield f"called may be {called}"
    for permission in permissions:
        if not re.search(r":\$\{RestApi\}/[a-z]+/\*/[a-z]+.*\*$", permission["SourceArn"]["Fn::Sub"]):
            yield f"another path may call: {permission['SourceArn']}"


def c12_a_firewall_stands_before_the_stage(view: View) -> Iterator[str]:
    acls = [acl for _, acl in view.of("WAFv2::WebACL") if acl["Scope"] == "REGIONAL"]
    if len(acls) != 1:
        yield f"there are {len(acls)} web ACLs of the API"
    for rules in (acl["Rules"] for acl in acls):
        names = [rule["Statement"].get("ManagedRuleGroupStatement", {}).get("Name", "") for rule in rules]
        yield from (f"no group {group}" for group in sorted(GROUPS) if not any(group in name for name in names))
        if not any("RateBasedStatement" in rule["Statement"] for rule in rules):
            yield "nothing stops floods"
    if not any("/stages/" in str(each["ResourceArn"]) for _, each in view.of("WAFv2::WebACLAssociation")):
        yield "it stands before no stage"
    for _, log in view.of("WAFv2::LoggingConfiguration"):
        if {"SingleHeader": {"Name": "authorization"}} not in log["RedactedFields"]:
            yield "tokens stand in its log"
        name = view.properties("WafLogGroup")["LogGroupName"]["Fn::Sub"][0]
        if "log-group:${WafLogGroup}" not in str(log["LogDestinationConfigs"]) or not name.startswith("aws-waf-logs-"):
            yield f"AWS WAF can't write to {name}"


def c13_somebody_is_woken(view: View) -> Iterator[str]:
    metrics = [alarm.get("MetricName", "") for _, alarm in view.of("CloudWatch::Alarm")]
    functions = len(view.project.stack.functions)
    for metric, wanted in {"5XXError": 1, "Latency": 1, "Errors": functions, "Throttles": functions}.items():
        if metrics.count(metric) < wanted:
            yield f"{metrics.count(metric)} alarms watch {metric}"
    if not list(view.of("SNS::Topic")):
        yield "alarms go nowhere"


def c14_nothing_that_shapes_the_api_is_a_parameter(view: View) -> Iterator[str]:
    """Corrected: what shapes it is written out, so that a change of it goes live."""
    known = {"ArtifactBucket"}
    for name, said in view.template["Parameters"].items():
        told = name.startswith("Site") or said["Type"].startswith("AWS::SSM::")  # by another stack of the application
        if not told and name not in known and "PrefixList" not in name:
            yield f"{name} is a parameter"


def c15_outputs_say_how_to_reach_it(view: View) -> Iterator[str]:
    wanted = {"ApiUrl", "RestApiId", "CurrentDeploymentId"}
    yield from (f"there is no output {name}" for name in sorted(wanted - set(view.template["Outputs"])))


def c16_it_fits_into_a_stack(view: View) -> Iterator[str]:
    """That no judge finds anything in it is told by test_judges.py, which asks them of every blueprint."""
    if len(view.template["Resources"]) > 500:
        yield "there are too many resources"


def routes_are(view: View, wanted: Mapping[str, str]) -> Iterator[str]:
    """Of the patterns whose table lists routes: the methods of each path."""
    found: dict[str, str] = {}
    for route in view.project.stack.routes:
        found[route.path] = f"{found.get(route.path, '')} {route.method}".strip()
    if found != wanted:
        yield f"the routes are {found}"


def tables_are_kept(view: View, *wanted: str) -> Iterator[str]:
    """Of the patterns with tables: what holds for each of them."""
    tables = dict(view.of("DynamoDB::Table"))
    if set(tables) != set(wanted):
        yield f"there are the tables {sorted(tables)}"
    for key, table in tables.items():
        recovers = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        if table["BillingMode"] != "PAY_PER_REQUEST" or not recovers or not table["SSESpecification"]["SSEEnabled"]:
            yield f"{key} is another table"
        if table["TimeToLiveSpecification"]["Enabled"] is not True:
            yield f"items of {key} never end"
        entry = view.resources[key]
        if (entry["DeletionPolicy"], entry["UpdateReplacePolicy"]) != ("RetainExceptOnCreate", "Retain"):
            yield f"{key} goes with its stack"


ROWS = tuple(value for name, value in sorted(globals().items()) if re.match(r"c\d+_", name))
