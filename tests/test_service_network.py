"""Services that share a VPC: the platform has what any of them needs of it, and each its own groups and rules."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.rendered import BLUEPRINTS
from tierforge.blueprint.environments import merged
from tierforge.blueprint.source import parse
from tierforge.diagnostics import BlueprintError
from tierforge.system import System, system_of

SHOP: dict[str, Any] = yaml.safe_load(BLUEPRINTS["service-network+platform"].read_text(encoding="utf-8"))
INVOICES = {
    "resources": {"invoices": {"operations": ["create", "read"], "data_store": "invoices"}},
    "data_stores": {"invoices": {"type": "aurora", "engine": "postgres"}},
}
GIVEN = {"vpc_id": "vpc-12345678", "private_subnet_ids": ["subnet-12345678", "subnet-abcdef01"]}
TWO_MORE = {"invoices": INVOICES, "receipts": INVOICES}


def system(more: dict[str, Any]) -> System:
    """What the blueprint with `more` laid over it comes to."""
    return system_of(parse("app.yaml", yaml.safe_dump(merged(SHOP, more))), CATALOG, linted=False)


def templates(made: System) -> dict[str, str]:
    return {each.name: each.projects[0].template.text for each in made.applications}


def resources(made: System, service: str) -> dict[str, Any]:
    found: dict[str, Any] = made.of(service).projects[0].template.data["Resources"]
    return found


def endpoints(made: System, service: str = "platform") -> set[str]:
    return {key for key, each in resources(made, service).items() if each["Type"] == "AWS::EC2::VPCEndpoint"}


def told(more: dict[str, Any]) -> list[tuple[str, str]]:
    """What is at fault, with the line that it is told at."""
    with pytest.raises(BlueprintError) as caught:
        system(more)
    return [(found.message, found.span.source.strip()) for found in caught.value.diagnostics]


def test_a_service_comes_and_goes_without_a_byte_of_another() -> None:
    """One that needs another endpoint changes what is shared, and what is shared alone."""
    before, after = system({}), system({"services": {"invoices": INVOICES}})
    assert endpoints(before) == {"DynamodbEndpoint"}
    assert endpoints(after) == {"DynamodbEndpoint", "SecretsmanagerEndpoint"}
    old, new = templates(before), templates(after)
    assert {name for name in new if new[name] != old.get(name)} == {"platform", "invoices"}


def test_what_services_share_is_made_once() -> None:
    made = system({"services": TWO_MORE})
    types = [each["Type"] for name in ("carts", "invoices", "receipts") for each in resources(made, name).values()]
    once = ("VPC", "Subnet", "RouteTable", "VPCEndpoint", "NatGateway", "InternetGateway", "FlowLog")
    assert not {f"AWS::EC2::{name}" for name in once} & set(types)
    groups = [each["Properties"] for each in resources(made, "platform").values() if each["Type"].endswith("Group")]
    assert [group["GroupDescription"] for group in groups if "GroupDescription" in group] == ["Interface endpoints"]


def test_the_rules_of_a_service_are_in_its_stack_on_both_sides() -> None:
    """So that it goes alone: no rule of the platform names a group of a service."""
    made = system({"services": {"invoices": INVOICES}})
    own, group = resources(made, "invoices"), {"Ref": "EndpointSecurityGroupId"}
    door = own["InvoicesToEndpointsIngress"]["Properties"]
    assert (door["GroupId"], door["SourceSecurityGroupId"]["Fn::GetAtt"][0]) == (group, "InvoicesFunctionSecurityGroup")
    assert own["InvoicesToEndpointsEgress"]["Properties"]["DestinationSecurityGroupId"] == group
    rules = {"AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"}
    assert not [key for key, each in resources(made, "platform").items() if each["Type"] in rules]


def test_a_service_reads_what_the_platform_tells() -> None:
    made = system({"services": {"invoices": INVOICES}, "environments": {"dev": {}}})
    said = {each["Properties"]["Name"] for each in resources(made, "platform").values() if "SSM" in each["Type"]}
    for name in ("carts", "invoices"):
        parameters = made.of(name).projects[0].template.data["Parameters"]
        read = {each["Default"] for each in parameters.values() if "SSM" in each["Type"]}
        assert {"/shop/dev/VpcId", "/shop/dev/PrivateSubnetCId"} < read <= said
    assert "EndpointSecurityGroupId" not in made.of("carts").projects[0].template.data["Parameters"]


def test_a_vpc_of_ones_own_is_beside_the_shared_one() -> None:
    made = system({"services": {"carts": None}})
    assert "Vpc" in resources(made, "prices")
    assert "Vpc" not in resources(made, "platform")


def test_another_account_or_region_has_a_vpc_of_its_own() -> None:
    for elsewhere in ({"account_id": "111122223333"}, {"region": "eu-central-1"}):
        made = system({"services": {"carts": elsewhere}})
        assert "Vpc" in resources(made, "carts")
        assert "Vpc" not in resources(made, "platform")


def test_a_service_that_calls_another_gets_the_platform_a_way_out() -> None:
    calls = {"auth": "iam", "network": {"nat": None}, "services": {"carts": {"calls": ["prices"]}}}
    made = system(merged(calls, {"services": {"carts": {"resources": {"carts": {"function": None}}}}}))
    assert "NatGatewayA" in resources(made, "platform")
    assert [note.message for note in made.notes if "NAT gateway" in note.message]


def test_a_way_out_that_is_missing_is_told_at_the_function_that_needs_it() -> None:
    ((message, line),) = told({"network": {"nat": "none"}})
    assert "'carts' is in a VPC that has no way to the internet" in message
    assert "egress: https" in line


def test_a_vpc_that_is_given_to_all_is_nobodys_to_make() -> None:
    stands = {"vpc": GIVEN, "nat": None, "endpoints": "existing", "cidr": "10.0.0.0/16"}
    made = system({"network": stands, "services": {"carts": None, "prices": None, **TWO_MORE}})
    assert not endpoints(made)
    assert "VpcId" not in made.of("invoices").projects[0].template.data["Parameters"]


def test_a_vpc_of_another_stack_is_found_by_its_parameters() -> None:
    made = system({"network": {"shared": "/company/network/", "nat": None, "flow_logs": None}})
    read = made.of("carts").projects[0].template.data["Parameters"]["VpcId"]["Default"]
    assert (read, "Vpc" in resources(made, "platform")) == ("/company/network/VpcId", False)
