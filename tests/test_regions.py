"""Addresses that a service has in some Regions only."""

from __future__ import annotations

import pytest

from support.rendered import variant


@pytest.mark.parametrize(("region", "host"), [("eu-central-1", "auth"), ("us-gov-west-1", "auth-fips")])
def test_people_sign_in_where_cognito_has_its_pages(region: str, host: str) -> None:
    outputs = variant("mobile-backend", region=region).template.data["Outputs"]
    address = f"https://${{LoginDomain}}.{host}.${{AWS::Region}}.amazoncognito.com"
    assert outputs["LoginUrl"]["Value"] == {"Fn::Sub": address}
    assert f'"endSession": "{address}/logout"' in outputs["ClientConfig"]["Value"]["Fn::Sub"]
