"""The network of a function that calls out, deployed into an emulated AWS and read back from EC2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from support.emulator import REGION, Deployment, deploy
from support.rendered import rendered


@pytest.fixture(scope="module")
def outward() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with mock_aws():
            yield deploy(rendered("egress").template.data, "box-office")


def _way_out(stack: Deployment, table: str) -> dict[str, Any]:
    """The route to anywhere of a route table (a logical ID), as EC2 has it."""
    (found,) = stack.client("ec2").describe_route_tables(RouteTableIds=[stack.physical[table]])["RouteTables"]
    (route,) = (said for said in found["Routes"] if said.get("DestinationCidrBlock") == "0.0.0.0/0")
    return dict(route)


@pytest.mark.parametrize("zone", ["A", "B"])
def test_each_zone_leaves_through_its_own_nat_gateway(outward: Deployment, zone: str) -> None:
    ec2 = outward.client("ec2")
    gateway = _way_out(outward, f"PrivateRouteTable{zone}")["NatGatewayId"]
    (nat,) = ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"]
    ids = [outward.physical[f"{kind}Subnet{zone}"] for kind in ("Public", "Private")]
    public, private = (ec2.describe_subnets(SubnetIds=[each])["Subnets"][0] for each in ids)
    assert nat["SubnetId"] == public["SubnetId"]
    assert public["AvailabilityZone"] == private["AvailabilityZone"]
    assert nat["NatGatewayAddresses"][0]["AllocationId"]


def test_the_nat_gateways_leave_through_the_internet_gateway(outward: Deployment) -> None:
    assert _way_out(outward, "PublicRouteTable")["GatewayId"] == outward.physical["InternetGateway"]
    gateways = outward.client("ec2").describe_internet_gateways()["InternetGateways"]
    attached = [gateway for gateway in gateways if gateway["InternetGatewayId"] == outward.physical["InternetGateway"]]
    assert [said["VpcId"] for said in attached[0]["Attachments"]] == [outward.physical["Vpc"]]
