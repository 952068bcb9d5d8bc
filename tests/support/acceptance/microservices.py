"""Microservices, row by row: a platform without API and function, and services that share nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.guarantees.view import View, ref, strings

SHARED = {"ApiGateway::DomainName", "CertificateManager::Certificate", "Route53::RecordSetGroup", "Events::EventBus"}
OWN = (
    *("ApiGateway::RestApi", "ApiGateway::Deployment", "ApiGateway::Stage", "Lambda::Function", "Lambda::Alias"),
    *("IAM::Role", "CloudWatch::Alarm", "WAFv2::WebACL"),
)
STORES = {"DynamoDB::Table", "RDS::DBCluster"}
KINDS_OF_API = ("ApiGateway::RestApi", "ApiGatewayV2::Api", "Lambda::Function", "DynamoDB::Table")
# one method of one path of one stage of an API; a path's parameter is a star
CALLED = re.compile(
    r"arn:\$\{AWS::Partition\}:execute-api:\S+:\$\{\w+ApiId\}/prod/(GET|POST|PUT|PATCH|DELETE)/[a-z]\S*"
)


def _kinds(view: View) -> set[str]:
    return {view.kind(key) for key in view.resources}


def p1_the_platform_has_the_domain_and_the_bus(view: View) -> Iterator[str]:
    yield from sorted(f"there is no {kind}" for kind in SHARED - _kinds(view))
    records = {record["Type"] for _, group in view.of("Route53::RecordSetGroup") for record in group["RecordSets"]}
    if records != {"A", "AAAA"}:
        yield f"the name has the records {sorted(records)}"


def p2_the_platform_has_no_api_and_no_function(view: View) -> Iterator[str]:
    yield from (f"{key} stands in the platform" for key, _ in view.of(*KINDS_OF_API))


def p3_the_platform_says_what_services_need(view: View) -> Iterator[str]:
    outputs = view.template["Outputs"]
    missing = {"ApiDomainName", "EventBusName", "EventBusArn"} - outputs.keys()
    yield from sorted(f"there is no output {name}" for name in missing)
    told = {said["Name"]: said["Value"] for _, said in view.of("SSM::Parameter")}
    wanted = {"/shop/ApiDomainName": ref("ApiDomain"), "/shop/EventBusName": ref("EventBus")}
    yield from (f"{name} tells {told.get(name)}" for name, value in wanted.items() if told.get(name) != value)


def s1_a_service_has_all_of_its_own(view: View) -> Iterator[str]:
    kinds = _kinds(view)
    yield from (f"there is no {kind}" for kind in OWN if kind not in kinds)
    if not kinds & STORES:
        yield "it keeps nothing"
    if len(view.resources) < 29:
        yield f"it has {len(view.resources)} resources"


def s2_a_service_answers_below_its_path_of_the_shared_domain(view: View) -> Iterator[str]:
    ((_, mapping),) = view.of("ApiGatewayV2::ApiMapping")
    if mapping["ApiMappingKey"] != f"{view.project.blueprint.service}/v1":
        yield f"it answers below {mapping['ApiMappingKey']}"
    named = (mapping["ApiId"], mapping["Stage"], mapping["DomainName"])
    if named != (ref("RestApi"), ref("ApiStage"), ref("ApiDomainName")):
        yield f"it is mapped as {named}"
    said = view.template["Parameters"]["ApiDomainName"]
    if (said["Type"], said["Default"]) != ("AWS::SSM::Parameter::Value<String>", "/shop/ApiDomainName"):
        yield f"the domain is read from {said}"


def s3_what_is_shared_is_not_made_again(view: View) -> Iterator[str]:
    yield from sorted(f"there is another {kind}" for kind in SHARED & _kinds(view))


def s4_no_service_names_what_is_anothers(view: View) -> Iterator[str]:
    """No import, and no ARN or name of a resource that stands in another service's stack."""
    others = {name for name in view.project.blueprint.others if name != view.project.blueprint.service}
    for key, entry in view.resources.items():
        for text in strings(entry.get("Properties", {})):
            yield from (f"{key} names shop-{name}" for name in others if f"shop-{name}" in text)
    if "Fn::ImportValue" in str(view.template["Resources"]):
        yield "it imports something"


def s5_its_api_is_reached_by_its_name_alone(view: View) -> Iterator[str]:
    ((key, api),) = view.of("ApiGateway::RestApi")
    if api.get("DisableExecuteApiEndpoint") is not True:
        yield f"{key} is open beside the domain"
    if {method["AuthorizationType"] for _, method in view.of("ApiGateway::Method")} != {"AWS_IAM"}:
        yield "somebody may call who signs nothing"


def s6_others_are_reached_by_signed_calls_alone(view: View) -> Iterator[str]:
    """What is read of other stacks: the domain, the APIs that are called, and what of the VPC it is in; no data."""
    called = {entry if isinstance(entry, str) else entry["service"] for entry in view.project.blueprint.data["calls"]}
    wanted = {"/shop/ApiDomainName", *(f"/shop/{name}/ApiId" for name in called)}
    if any("VpcConfig" in function for _, function in view.of("Lambda::Function")):
        place = ("VpcId", "PrivateSubnetAId", "PrivateSubnetBId", "EndpointSecurityGroupId")
        wanted |= {f"/shop/{output}" for output in place}
    read = {said["Default"] for said in view.template["Parameters"].values() if "SSM" in said["Type"]}
    if read != wanted:
        yield f"it reads {sorted(read)}"
    policies = [policy for _, role in view.of("IAM::Role") for policy in role.get("Policies", ())]
    statements = [said for policy in policies for said in policy["PolicyDocument"]["Statement"]]
    calls = [said for said in statements if "execute-api" in str(said)]
    if bool(calls) != bool(called):
        yield f"it calls {sorted(called)}, and is allowed {calls}"
    for said in calls:
        if said["Action"] != "execute-api:Invoke":
            yield f"it may do {said['Action']} with another API"
        yield from (f"it may call {text}" for text in strings(said["Resource"]) if not CALLED.fullmatch(text))


PLATFORM = (
    p1_the_platform_has_the_domain_and_the_bus,
    p2_the_platform_has_no_api_and_no_function,
    p3_the_platform_says_what_services_need,
)
SERVICE = (
    s1_a_service_has_all_of_its_own,
    s2_a_service_answers_below_its_path_of_the_shared_domain,
    s3_what_is_shared_is_not_made_again,
    s4_no_service_names_what_is_anothers,
    s5_its_api_is_reached_by_its_name_alone,
    s6_others_are_reached_by_signed_calls_alone,
)
