"""The rendered mobile backend, deployed into an emulated AWS: what is there, by each service's own API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from support.emulator import Deployment, supported

TABLE_KEYS = {"tickets": {"owner": "HASH", "id": "RANGE"}, "shows": {"id": "HASH"}}
ROUTES = {
    "/tickets": {"GET", "POST"},
    "/tickets/{id}": {"GET", "PUT", "DELETE"},
    "/shows": {"GET"},
    "/shows/{id}": {"GET"},
    "/info": {"GET"},
    "/info/{id}": {"GET"},
}


def _methods(stack: Deployment) -> dict[str, dict[str, Any]]:
    items = stack.client("apigateway").get_resources(restApiId=stack.physical["RestApi"], limit=500, embed=["methods"])[
        "items"
    ]
    return {item["path"]: item.get("resourceMethods", {}) for item in items}


def _group_rules(stack: Deployment, properties: Mapping[str, Any]) -> list[Any]:
    """Rules of the group that `properties` (of an ingress rule) are about, from the group that they name."""
    group, source = (stack.physical[properties[key]["Fn::GetAtt"][0]] for key in ("GroupId", "SourceSecurityGroupId"))
    found = stack.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    return [
        rule
        for rule in found
        if rule["FromPort"] == rule["ToPort"] == properties["FromPort"]
        and source in [pair["GroupId"] for pair in rule["UserIdGroupPairs"]]
    ]


def _method(stack: Deployment, properties: Mapping[str, Any]) -> Any:
    resource = stack.physical[properties["ResourceId"]["Ref"]]
    api = stack.physical["RestApi"]
    return stack.client("apigateway").get_method(
        restApiId=api, resourceId=resource, httpMethod=properties["HttpMethod"]
    )["methodIntegration"]


def _statements(stack: Deployment, properties: Mapping[str, Any]) -> list[Any]:
    """Statements of a function's resource policy for the principal of a permission."""
    name = properties["FunctionName"]["Ref"].replace("Alias", "Function")
    policy = json.loads(stack.client("lambda").get_policy(FunctionName=stack.physical[name])["Policy"])
    return [said for said in policy["Statement"] if said["Principal"] == {"Service": properties["Principal"]}]


def _versions(stack: Deployment, properties: Mapping[str, Any]) -> list[Any]:
    function = stack.physical[properties["FunctionName"]["Ref"]]
    found = stack.client("lambda").list_versions_by_function(FunctionName=function)["Versions"]
    return [said for said in found if said["Version"] != "$LATEST"]


def _ec2(call: str, argument: str, answer: str) -> Callable[[Deployment, str, Mapping[str, Any]], Any]:
    return lambda stack, physical, _properties: getattr(stack.client("ec2"), call)(**{argument: [physical]})[answer]


# How each service itself says that something is there: from the stack, the physical id, the rendered properties.
EXISTS: dict[str, Callable[[Deployment, str, Mapping[str, Any]], Any]] = {
    "AWS::ApiGateway::Deployment": lambda s, _i, _p: s.client("apigateway").get_deployments(
        restApiId=s.physical["RestApi"]
    )["items"],
    "AWS::ApiGateway::Method": lambda s, _i, p: _method(s, p),
    "AWS::ApiGateway::Resource": lambda s, i, _p: s.client("apigateway").get_resource(
        restApiId=s.physical["RestApi"], resourceId=i
    )["path"],
    "AWS::ApiGateway::RestApi": lambda s, i, _p: s.client("apigateway").get_rest_api(restApiId=i)["name"],
    "AWS::DynamoDB::Table": lambda s, i, _p: s.client("dynamodb").describe_table(TableName=i)["Table"],
    "AWS::EC2::FlowLog": _ec2("describe_flow_logs", "FlowLogIds", "FlowLogs"),
    "AWS::EC2::RouteTable": _ec2("describe_route_tables", "RouteTableIds", "RouteTables"),
    "AWS::EC2::SecurityGroup": _ec2("describe_security_groups", "GroupIds", "SecurityGroups"),
    "AWS::EC2::SecurityGroupIngress": lambda s, _i, p: _group_rules(s, p),
    "AWS::EC2::Subnet": _ec2("describe_subnets", "SubnetIds", "Subnets"),
    "AWS::EC2::VPC": _ec2("describe_vpcs", "VpcIds", "Vpcs"),
    "AWS::EC2::VPCEndpoint": _ec2("describe_vpc_endpoints", "VpcEndpointIds", "VpcEndpoints"),
    "AWS::IAM::Role": lambda s, i, _p: s.client("iam").get_role(RoleName=i)["Role"],
    "AWS::KMS::Key": lambda s, i, _p: i in [key["KeyId"] for key in s.client("kms").list_keys()["Keys"]],
    "AWS::Lambda::Function": lambda s, i, _p: s.client("lambda").get_function(FunctionName=i)["Code"],
    "AWS::Lambda::Permission": lambda s, _i, p: _statements(s, p),
    "AWS::Lambda::Version": lambda s, _i, p: _versions(s, p),
    "AWS::Logs::LogGroup": lambda s, i, _p: [
        group for group in s.client("logs").describe_log_groups()["logGroups"] if group["logGroupName"] == i
    ],
    "AWS::RDS::DBInstance": lambda s, i, _p: s.client("rds").describe_db_instances(DBInstanceIdentifier=i)[
        "DBInstances"
    ],
    "AWS::RDS::DBSubnetGroup": lambda s, _i, p: [
        group
        for group in s.client("rds").describe_db_subnet_groups()["DBSubnetGroups"]
        if group["DBSubnetGroupDescription"] == p["DBSubnetGroupDescription"]
    ],
    "AWS::SNS::Topic": lambda s, i, _p: s.client("sns").get_topic_attributes(TopicArn=i)["Attributes"],
}


def test_everything_that_the_emulator_can_create_exists(stack: Deployment) -> None:
    resources = stack.template["Resources"]
    expected = {name for name, said in resources.items() if said["Type"] in supported()}
    assert set(stack.physical) == expected
    assert len(expected) > len(resources) / 3
    for name in expected:
        said = resources[name]
        assert EXISTS[said["Type"]](stack, stack.physical[name], said["Properties"]), f"{name} is missing"


def test_the_routes_are_those_of_the_blueprint_and_lead_to_their_function(stack: Deployment) -> None:
    methods = _methods(stack)
    assert {path: set(found) for path, found in methods.items() if found} == ROUTES
    for path, found in methods.items():
        owner = path.split("/")[1]
        for method in found.values():
            integration = method["methodIntegration"]
            assert (integration["type"], integration["httpMethod"]) == ("AWS_PROXY", "POST")
            assert f":function:box-office-{owner}:${{stageVariables.{owner}Alias}}/" in integration["uri"]
            assert method["authorizationType"] == "COGNITO_USER_POOLS"


@pytest.mark.parametrize("store", ["tickets", "shows"])
def test_tables_have_their_keys_and_can_be_restored(stack: Deployment, store: str) -> None:
    client = stack.client("dynamodb")
    name = stack.physical[f"{store.capitalize()}Table"]
    table = client.describe_table(TableName=name)["Table"]
    assert {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]} == TABLE_KEYS[store]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"]
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_subnets_lie_in_the_vpc_without_overlap_and_no_way_out(stack: Deployment) -> None:
    client = stack.client("ec2")
    subnets = [stack.physical[name] for name in stack.of("AWS::EC2::Subnet")]
    found = client.describe_subnets(SubnetIds=subnets)["Subnets"]
    assert len({said["CidrBlock"] for said in found}) == len({said["AvailabilityZone"] for said in found}) == 2
    assert {said["VpcId"] for said in found} == {stack.physical["Vpc"]}
    table = client.describe_route_tables(RouteTableIds=[stack.physical["PrivateRouteTable"]])["RouteTables"][0]
    assert {route.get("GatewayId") for route in table["Routes"]} == {"local"}


def test_logs_are_kept_for_a_year_and_functions_write_to_their_own(stack: Deployment) -> None:
    groups = {group["logGroupName"]: group for group in stack.client("logs").describe_log_groups()["logGroups"]}
    for name in stack.of("AWS::Logs::LogGroup"):
        assert groups[stack.physical[name]]["retentionInDays"] == 365
    for name in stack.of("AWS::Lambda::Function"):
        own = stack.physical[name.replace("Function", "LogGroup")]
        granted = [resource for action, resource in stack.grants(name) if action == "logs:PutLogEvents"]
        assert granted == [groups[own]["arn"].removesuffix(":*")]
