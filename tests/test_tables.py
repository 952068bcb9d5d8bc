"""The tables made from CloudFormation's schemas: they are the newest, and they say what is known to be so."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tierforge import tables

ROOT = Path(__file__).parents[1]


def test_the_tables_are_those_of_the_installed_cfn_lint() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "make_tables.py"))["tables"]()
    data = ROOT / "src" / "tierforge" / "data"
    stale = [name for name, text in made.items() if (data / name).read_text("utf-8") != text]
    assert stale == [], "run: python tools/make_tables.py"
    assert sorted(place.name for place in data.glob("*.json")) == sorted(made)
    assert all(place.stat().st_size < 150_000 for place in data.glob("*.json")), "read in every render"


@pytest.mark.parametrize(
    ("resource_type", "always", "under_conditions"),
    [
        # The key schema of a table: the documentation says "some updates require replacement".
        ("AWS::DynamoDB::Table", "TableName", "KeySchema"),
        ("AWS::Cognito::UserPoolClient", "GenerateSecret", ""),
        ("AWS::RDS::DBInstance", "MasterUsername", "Engine"),
        ("AWS::EC2::Subnet", "VpcId", "Ipv6CidrBlock"),
        ("AWS::Lambda::Function", "FunctionName", "DurableConfig"),
        ("AWS::ApiGateway::Authorizer", "RestApiId", ""),
    ],
)
def test_what_replaces_a_resource(resource_type: str, always: str, under_conditions: str) -> None:
    assert always in tables.create_only(resource_type)
    assert not under_conditions or under_conditions in tables.conditionally_create_only(resource_type)
    assert "Tags" not in tables.create_only(resource_type)


def test_an_edited_key_attribute_replaces_a_table_though_its_schema_is_silent() -> None:
    assert tables.conditionally_create_only("AWS::DynamoDB::Table") == ("AttributeDefinitions", "KeySchema")


def test_what_nobody_can_set_is_not_listed() -> None:
    """`Arn` of a secret's target is create-only in its schema, but an answer, not a property."""
    assert "Id" not in tables.create_only("AWS::Cognito::IdentityPool")
    assert tables.create_only("AWS::Nobody::Knows") == ()


@pytest.mark.parametrize(
    ("resource_type", "expected"),
    [
        ("AWS::DynamoDB::Table", ("Tags", "list")),
        ("AWS::Cognito::UserPool", ("UserPoolTags", "map")),
        ("AWS::ApiGatewayV2::Api", ("Tags", "map")),
        ("AWS::ApiGateway::RestApi", ("Tags", "list")),
        ("AWS::SSM::Parameter", ("Tags", "map")),
        ("AWS::EFS::FileSystem", ("FileSystemTags", "list")),
        ("AWS::Route53::HostedZone", ("HostedZoneTags", "list")),
        ("AWS::Backup::BackupVault", ("BackupVaultTags", "map")),
        ("AWS::DAX::Cluster", ("Tags", "map")),  # the schema says nothing of tagging, but has the property
        ("AWS::DocDB::DBCluster", ("Tags", "list")),
        ("AWS::Lambda::EventSourceMapping", ("Tags", "list")),
        ("AWS::EC2::FlowLog", ("Tags", "list")),
        ("AWS::EC2::VPCEndpoint", ("Tags", "list")),
        ("AWS::ApiGateway::Method", None),
        ("AWS::AutoScaling::AutoScalingGroup", None),  # each tag also says whether it propagates
        ("AWS::EC2::CapacityReservation", None),  # tags in a list of specifications
        ("AWS::CloudFront::AnycastIpList", None),  # a list in a map
        ("AWS::Nobody::Knows", None),
    ],
)
def test_where_tags_go(resource_type: str, expected: tuple[str, str] | None) -> None:
    assert tables.tag_property(resource_type) == expected


def test_what_a_region_lacks() -> None:
    assert tables.missing_in("eu-north-1", "AWS::DAX::Cluster"), "a whole service"
    assert not tables.missing_in("eu-west-1", "AWS::DAX::Cluster")
    assert tables.missing_in("us-gov-west-1", "AWS::CloudFront::Distribution")
    assert tables.missing_in("cn-north-1", "AWS::CloudFront::OriginAccessControl"), "a single type"
    assert not tables.missing_in("cn-north-1", "AWS::CloudFront::Distribution")
    assert not tables.missing_in("eu-north-1", "Custom::Thing")
    assert not tables.missing_in("eu-north-1", "AWS::Nobody::Knows")


def test_which_regions_are_near_and_offer_something() -> None:
    assert tables.nearest("eu-north-1", ["AWS::DAX::Cluster"])[:2] == ["eu-central-1", "eu-west-2"]
    assert tables.nearest("us-gov-east-1", ["AWS::Lambda::Function"]) == ["us-gov-west-1"], "of the same partition"
    assert tables.nearest("cn-north-1", ["AWS::Cognito::UserPool"]) == []
    assert "ap-southeast-4" not in tables.nearest("ap-southeast-2", ["AWS::DAX::Cluster"])


def test_places_are_known_of_the_regions_of_which_a_list_is() -> None:
    listed = [region for region in tables.regions() if tables.region_has_a_list(region)]
    near = {each for region in listed for each in tables.nearest(region, [])}
    assert near == {*listed}


def test_which_regions_there_are_and_of_which_nothing_is_known() -> None:
    assert tables.known_region("eu-central-1")
    assert tables.region_has_a_list("eu-central-1")
    for region in ("me-south-1", "us-iso-east-1", "eusc-de-east-1"):
        assert tables.known_region(region)
        assert not tables.region_has_a_list(region)
        assert not tables.missing_in(region, "AWS::DAX::Cluster")
    assert not tables.known_region("eu-central-9")
    assert not tables.region_has_a_list("eu-central-9")
