"""HTTP APIs, made by the calls of API Gateway itself (moto's CloudFormation lacks them), and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from support.emulator import REGION
from support.release import Template
from support.rendered import rendered

EXAMPLES = ("http-api", "http-cognito")
# In the order in which one needs the other, with the attribute that is its id. moto makes no deployments.
CALLS = {
    "Api": ("create_api", "ApiId"),
    "Authorizer": ("create_authorizer", "AuthorizerId"),
    "Integration": ("create_integration", "IntegrationId"),
    "Route": ("create_route", "RouteId"),
    "Stage": ("create_stage", "StageName"),
}


@dataclass
class Made:
    """An HTTP API in moto; `ids` are those that its resources got, by logical ID."""

    client: Any
    template: Mapping[str, Any]
    ids: dict[str, str] = field(default_factory=dict)

    def deploy(self) -> Made:
        for kind, (call, identity) in CALLS.items():
            for key, properties in Template(self.template).of(f"ApiGatewayV2::{kind}"):
                made = getattr(self.client, call)(**self.value(properties))  # botocore knows what a call takes
                self.ids[key] = made[identity]
        return self

    def value(self, value: Any) -> Any:
        """`value` with references in place; what is not of the API stands there by its name."""
        match value:
            case {"Ref": str(name)}:
                return self.ids.get(name, name)
            case {"Fn::GetAtt": [str(name), _]}:
                return self.ids.get(name, f"arn:aws:logs:{REGION}:123456789012:log-group:{name}")
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{(\w+)\}", lambda found: self.ids.get(found[1], found[1]), text)
            case dict():
                return {key: self.value(each) for key, each in value.items()}
            case list():
                return [self.value(each) for each in value]
        return value

    def items(self, call: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = getattr(self.client, call)(ApiId=self.ids["HttpApi"])["Items"]
        return found


@pytest.fixture(params=EXAMPLES)
def made(request: pytest.FixtureRequest) -> Iterator[tuple[Made, Any]]:
    project = rendered(request.param)
    with mock_aws():
        client = boto3.Session("administrator", "secret", region_name=REGION).client("apigatewayv2")
        yield Made(client, project.template.data).deploy(), project


def test_every_route_is_there_and_asks_its_authorizer(made: tuple[Made, Any]) -> None:
    api, project = made
    routes = {said["RouteKey"]: said for said in api.items("get_routes")}
    assert routes.keys() == {f"{route.method} {route.path}" for route in project.stack.routes}
    for route in project.stack.routes:
        said = routes[f"{route.method} {route.path}"]
        public = route.auth.name == "none"
        assert said["AuthorizationType"] == ("NONE" if public else "JWT")
        if not public:
            named = {"ApiId": api.ids["HttpApi"], "AuthorizerId": said["AuthorizerId"]}
            asked = api.client.get_authorizer(**named)["JwtConfiguration"]
            issuer = route.auth.options.get("issuer", "https://cognito-idp.")
            assert asked["Issuer"].startswith(issuer)
            assert said["AuthorizationScopes"]


def test_routes_lead_to_the_integration_of_their_function(made: tuple[Made, Any]) -> None:
    api, project = made
    integrations = {said["IntegrationId"]: said for said in api.items("get_integrations")}
    assert len(integrations) == len({route.function for route in project.stack.routes})
    for said in api.items("get_routes"):
        function = next(r.function for r in project.stack.routes if said["RouteKey"] == f"{r.method} {r.path}")
        integration = integrations[said["Target"].removeprefix("integrations/")]
        assert integration["PayloadFormatVersion"] == "2.0"
        assert integration["IntegrationUri"].endswith(f":${{!stageVariables.{function}Alias}}/invocations")


def test_stages_throttle_log_and_name_their_aliases(made: tuple[Made, Any]) -> None:
    api, project = made
    stages = {said["StageName"]: said for said in api.items("get_stages")}
    assert list(stages) == [stage.name for stage in project.stack.stages]
    for stage in project.stack.stages:
        said = stages[stage.name]
        assert said["AutoDeploy"] is False
        assert said["DefaultRouteSettings"]["ThrottlingRateLimit"] == stage.options["throttle"]["rate_limit"]
        assert said["AccessLogSettings"]["DestinationArn"].endswith(f"{stage.id}AccessLogGroup")
        assert set(said["StageVariables"].values()) >= {stage.alias}
        own = {f"{route.method} {route.path}" for route in project.stack.routes if route.throttle}
        assert set(said["RouteSettings"]) == own
