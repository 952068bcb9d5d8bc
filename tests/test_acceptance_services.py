"""The architecture of the pattern microservices, as its blueprint renders: row by row what has to stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.acceptance import common, microservices
from support.broken import GONE, broken
from support.guarantees.view import View
from support.rendered import PATTERN_FILES, rendered
from tierforge.system import system

Row = Callable[[View], Iterator[str]]
PARTS: dict[str, tuple[Row, ...]] = {
    "platform": microservices.PLATFORM,
    "catalog": (*common.ROWS, *microservices.SERVICE),
    "orders": (*common.ROWS, *microservices.SERVICE),
}
ROWS = {(part, row.__name__): row for part, own in PARTS.items() for row in own}
MAPPING = "Resources/ApiMapping/Properties"
RECORDS = "Resources/ApiDnsRecords/Properties/RecordSets"
STATEMENTS = "Resources/OrdersRole/Properties/Policies/0/PolicyDocument/Statement"
READ = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/orders/TableName"}
# What each row finds, in the part that is named.
FAULTS: list[tuple[str, str, str, Any]] = [
    ("platform", "p1_the_platform_has_the_domain_and_the_bus", "Resources/EventBus", GONE),
    ("platform", "p1_the_platform_has_the_domain_and_the_bus", f"{RECORDS}/1/Type", "A"),
    ("platform", "p2_the_platform_has_no_api_and_no_function", "Resources/Api", {"Type": "AWS::ApiGateway::RestApi"}),
    ("platform", "p3_the_platform_says_what_services_need", "Resources/ApiDomainNameParameter/Properties/Value", "x"),
    ("platform", "p3_the_platform_says_what_services_need", "Outputs/EventBusArn", GONE),
    ("catalog", "s1_a_service_has_all_of_its_own", "Resources/ProductsTable", GONE),
    ("orders", "s1_a_service_has_all_of_its_own", "Resources/WebAcl", GONE),
    ("orders", "s1_a_service_has_all_of_its_own", "Resources/OrdersCluster", GONE),
    ("catalog", "s2_a_service_answers_below_its_path_of_the_shared_domain", f"{MAPPING}/ApiMappingKey", "catalog"),
    ("orders", "s2_a_service_answers_below_its_path_of_the_shared_domain", "Parameters/ApiDomainName/Type", "String"),
    ("catalog", "s2_a_service_answers_below_its_path_of_the_shared_domain", f"{MAPPING}/DomainName", "api.example.com"),
    ("catalog", "s3_what_is_shared_is_not_made_again", "Resources/Bus", {"Type": "AWS::Events::EventBus"}),
    ("orders", "s4_no_service_names_what_is_anothers", f"{MAPPING}/Stage", {"Fn::ImportValue": "CatalogStage"}),
    ("orders", "s4_no_service_names_what_is_anothers", f"{MAPPING}/Stage", "shop-catalog"),
    ("orders", "s5_its_api_is_reached_by_its_name_alone", "Resources/OrdersGet/Properties/AuthorizationType", "NONE"),
    (
        "orders",
        "s5_its_api_is_reached_by_its_name_alone",
        "Resources/RestApi/Properties/DisableExecuteApiEndpoint",
        GONE,
    ),
    ("orders", "s6_others_are_reached_by_signed_calls_alone", "Parameters/CatalogApiId/Default", "/shop/catalog/Table"),
    ("orders", "s6_others_are_reached_by_signed_calls_alone", f"{STATEMENTS}/3/Resource", ["*"]),
    ("orders", "s6_others_are_reached_by_signed_calls_alone", f"{STATEMENTS}/3/Action", "execute-api:*"),
    ("catalog", "s6_others_are_reached_by_signed_calls_alone", "Parameters/Table", READ),
]


@pytest.mark.parametrize(("part", "row"), ROWS)
def test_a_row_holds(part: str, row: str) -> None:
    project = rendered(f"microservices+{part}")
    assert list(ROWS[part, row](View(project.template.data, project))) == []


@pytest.mark.parametrize(("part", "row", "place", "value"), FAULTS)
def test_a_row_finds_what_breaks_it(part: str, row: str, place: str, value: Any) -> None:
    project = rendered(f"microservices+{part}")
    assert list(ROWS[part, row](View(broken(project.template.data, place, value), project)))


def test_every_row_is_tried_on_what_it_is_about() -> None:
    own = {
        row.__name__ for row in (*microservices.PLATFORM, *microservices.SERVICE)
    }  # the rest is tried in test_acceptance.py
    assert {row for _, row, _, _ in FAULTS} == own


def test_each_service_is_a_folder_with_its_own_way_to_be_deployed() -> None:
    made = system(str(PATTERN_FILES["microservices"]), linted=False)
    assert [each.folder for each in made.applications] == ["platform", "services/catalog", "services/orders"]
    for each in made.applications:
        assert {"template.yaml", "bootstrap.yaml", "deploy.sh", "README.md"} <= {file.path for file in each.files}
