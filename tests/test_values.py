"""Values that no linter of templates checks, held against the services' own models and the list of IAM's actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import cfnlint
import pytest

from support.openapi import expanded
from support.rendered import rendered

# The call that makes a resource of a type, by service; (type, property) for what a call of its own makes.
OPERATIONS = {
    ("AWS::ApiGateway::Authorizer",): ("apigateway", "CreateAuthorizer"),
    ("AWS::ApiGateway::DomainName",): ("apigateway", "CreateDomainName"),
    ("AWS::ApiGateway::DomainNameV2",): ("apigateway", "CreateDomainName"),
    ("AWS::ApiGateway::DomainNameAccessAssociation",): ("apigateway", "CreateDomainNameAccessAssociation"),
    ("AWS::ApiGateway::GatewayResponse",): ("apigateway", "PutGatewayResponse"),
    ("AWS::ApiGateway::Method", "Integration"): ("apigateway", "PutIntegration"),
    ("AWS::ApiGateway::RestApi",): ("apigateway", "CreateRestApi"),
    ("AWS::ApiGateway::Stage",): ("apigateway", "CreateStage"),
    ("AWS::ApiGateway::UsagePlan",): ("apigateway", "CreateUsagePlan"),
    ("AWS::CertificateManager::Certificate",): ("acm", "RequestCertificate"),
    ("AWS::ApiGatewayV2::Api",): ("apigatewayv2", "CreateApi"),
    ("AWS::ApiGatewayV2::Authorizer",): ("apigatewayv2", "CreateAuthorizer"),
    ("AWS::ApiGatewayV2::Integration",): ("apigatewayv2", "CreateIntegration"),
    ("AWS::ApiGatewayV2::Route",): ("apigatewayv2", "CreateRoute"),
    ("AWS::CloudWatch::Alarm",): ("cloudwatch", "PutMetricAlarm"),
    ("AWS::Cognito::UserPool",): ("cognito-idp", "CreateUserPool"),
    ("AWS::Cognito::UserPoolIdentityProvider",): ("cognito-idp", "CreateIdentityProvider"),
    ("AWS::Cognito::UserPoolClient",): ("cognito-idp", "CreateUserPoolClient"),
    ("AWS::DynamoDB::Table",): ("dynamodb", "CreateTable"),
    ("AWS::KinesisFirehose::DeliveryStream",): ("firehose", "CreateDeliveryStream"),
    ("AWS::Kinesis::Stream",): ("kinesis", "CreateStream"),
    ("AWS::Lambda::EventSourceMapping",): ("lambda", "CreateEventSourceMapping"),
    ("AWS::Events::Rule",): ("events", "PutRule"),
    ("AWS::Scheduler::Schedule",): ("scheduler", "CreateSchedule"),
    ("AWS::EC2::FlowLog",): ("ec2", "CreateFlowLogs"),
    ("AWS::EC2::VPCEndpoint",): ("ec2", "CreateVpcEndpoint"),
    ("AWS::Lambda::Function",): ("lambda", "CreateFunction"),
    ("AWS::WAFv2::WebACL",): ("wafv2", "CreateWebACL"),
}


@cache
def call(service: str, operation: str) -> Any:
    """The shape of what a call takes."""
    model = botocore.session.Session().get_service_model(service)
    return model.operation_model(operation).input_shape


def enumerated(value: Any, shape: Any, path: str) -> Iterator[tuple[str, str, list[str]]]:
    """(path, text, what it may be) of every text in `value` that the service's model enumerates."""
    if isinstance(value, str) and getattr(shape, "enum", None):
        yield path, value, shape.enum
    elif isinstance(value, list) and shape.type_name == "list":
        for item in value:
            yield from enumerated(item, shape.member, path)
    elif isinstance(value, dict) and shape.type_name == "structure":
        members = {name.lower(): member for name, member in shape.members.items()}
        for name, item in value.items():
            if name.lower() in members:
                yield from enumerated(item, members[name.lower()], f"{path}.{name}")
    elif isinstance(value, dict) and shape.type_name == "map":
        for name, item in value.items():
            yield from enumerated(name, shape.key, f"{path}.{name}")
            yield from enumerated(item, shape.value, f"{path}.{name}")


def values(template: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Every value of a template that a service's model enumerates."""
    for name, said in template["Resources"].items():
        for (kind, *inner), (service, operation) in OPERATIONS.items():
            if said["Type"] == kind:
                properties = said["Properties"]
                for step in inner:
                    properties = properties[step]
                yield from enumerated(properties, call(service, operation), name)


def test_values_are_among_those_that_the_service_takes(template_name: str) -> None:
    project = rendered(template_name)
    found = list(values({"Resources": expanded(project.template.data["Resources"], project.assembled)}))
    assert len(found) > 5 or not project.stack.functions
    for path, value, allowed in found:
        assert value in allowed, f"{path}: {value!r} is none of {allowed}"


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::ApiGateway::DomainName", {"SecurityPolicy": "TLS_9_9"}),
        ("AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"Types": ["LOCAL"]}}),
        ("AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"IpAddressType": "ipv5"}}),
        ("AWS::ApiGateway::Stage", {"CacheClusterSize": "0.7"}),
        ("AWS::ApiGateway::UsagePlan", {"Quota": {"Limit": 1, "Period": "HOUR"}}),
        ("AWS::CertificateManager::Certificate", {"ValidationMethod": "FAX"}),
        (
            "AWS::WAFv2::WebACL",
            {"AssociationConfig": {"RequestBody": {"API_GATEWAY": {"DefaultSizeInspectionLimit": "1"}}}},
        ),
    ],
)
def test_a_value_that_the_service_does_not_take_is_seen(kind: str, properties: dict[str, Any]) -> None:
    template = {"Resources": {"Wrong": {"Type": kind, "Properties": properties}}}
    assert any(value not in allowed for _, value, allowed in values(template))


# IAM


@cache
def actions() -> Mapping[str, set[str]]:
    """Every action of IAM in lower case, by service; the table comes with cfn-lint, from AWS's own reference."""
    file = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
    table = json.loads(file.read_text(encoding="utf-8"))
    return {prefix: {name.lower() for name in said["Actions"]} for prefix, said in table.items()}


def granted(value: Any) -> Iterator[str]:
    """The actions of all policy statements in `value`."""
    if isinstance(value, list):
        for item in value:
            yield from granted(item)
    elif isinstance(value, dict):
        if "Effect" in value and "Action" in value:
            yield from [value["Action"]] if isinstance(value["Action"], str) else value["Action"]
        for item in value.values():
            yield from granted(item)


def exists(action: str) -> bool:
    """Whether IAM knows an action, or one that a pattern stands for."""
    service, _, name = action.lower().partition(":")
    pattern = re.escape(name).replace(r"\*", ".*")
    return any(re.fullmatch(pattern, known) for known in actions().get(service, ()))


def test_actions_of_policies_exist(blueprint_name: str) -> None:
    project = rendered(blueprint_name)
    found = set(granted(project.template.data["Resources"]))
    assert len(found) > 5 or not project.stack.functions
    assert {action for action in found if not exists(action)} == set()


def test_an_action_that_does_not_exist_is_seen() -> None:
    assert exists("kms:GenerateDataKey*")
    assert not exists("dynamodb:GetItems")
    assert not exists("dynamo:GetItem")
