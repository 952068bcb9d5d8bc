"""The architecture of each pattern, as its blueprint in `blueprints/` renders: row by row what has to stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.acceptance import common, mobile_backend, single_page_app, web_app
from support.broken import GONE, broken
from support.guarantees.view import View
from support.rendered import rendered

Row = Callable[[View], Iterator[str]]
OF_THEIR_OWN: dict[str, tuple[Row, ...]] = {
    "mobile-backend": mobile_backend.ROWS,
    "single-page-app": single_page_app.ROWS,
    "web-app": web_app.ROWS,
}
ROWS = {(name, row.__name__): row for name, own in OF_THEIR_OWN.items() for row in (*common.ROWS, *own)}
METHOD, STAGE, ROLE = "Resources/BooksGet/Properties", "Resources/ApiStage/Properties", "Resources/BooksRole/Properties"
PERMISSION = "Resources/BooksPermission/Properties"
FUNCTION, CLIENT = "Resources/BooksFunction/Properties", "Resources/AppClient/Properties"
# What each row finds, in the web application.
FAULTS: list[tuple[str, str, Any]] = [
    ("c1_the_api_is_regional", "Resources/RestApi/Properties/EndpointConfiguration/Types", ["EDGE"]),
    ("c2_methods_ask_who_calls_and_call_an_alias", f"{METHOD}/AuthorizationType", "NONE"),
    ("c2_methods_ask_who_calls_and_call_an_alias", f"{METHOD}/Integration/Uri", {"Fn::Sub": "${BooksFunction}"}),
    ("c3_deployments_are_kept_and_wait_for_all_that_they_deploy", "Resources/ApiDeployment/DependsOn/0", "RestApi"),
    ("c4_the_stage_is_watched_and_throttled", f"{STAGE}/Variables/booksAlias", "canary"),
    ("c4_the_stage_is_watched_and_throttled", f"{STAGE}/MethodSettings/0/MetricsEnabled", True),
    ("c5_logs_end", "Resources/BooksLogGroup/Properties/RetentionInDays", GONE),
    ("c6_errors_of_the_gateway_are_answers_too", "Resources/Default4xxResponse/Properties/ResponseParameters", {}),
    ("c7_bodies_and_parameters_are_checked", "Resources/BooksPost/Properties/RequestModels", GONE),
    ("c8_functions_have_roles_of_their_own", f"{FUNCTION}/Role", {"Fn::GetAtt": ["ReviewsRole", "Arn"]}),
    ("c8_functions_have_roles_of_their_own", f"{ROLE}/Policies/0/PolicyDocument/Statement/2/Resource", "*"),
    ("c8_functions_have_roles_of_their_own", f"{ROLE}/Policies/0/PolicyDocument/Statement/0/Resource", {"Ref": "X"}),
    ("c9_functions_run_on_arm_and_log_and_trace", f"{FUNCTION}/Runtime", "python3.9"),
    ("c9_functions_run_on_arm_and_log_and_trace", f"{FUNCTION}/Code/S3Key", "code.zip"),
    ("c9_functions_run_on_arm_and_log_and_trace", f"{FUNCTION}/TracingConfig/Mode", "PassThrough"),
    ("c10_releases_are_versions_behind_an_alias", "Resources/BooksVersion/DeletionPolicy", "Delete"),
    ("c11_the_api_may_call_the_alias_below_its_path", f"{PERMISSION}/SourceArn", {"Fn::Sub": "${RestApi}/*"}),
    ("c12_a_firewall_stands_before_the_stage", "Resources/WebAcl/Properties/Rules", []),
    ("c12_a_firewall_stands_before_the_stage", "Resources/WafLogGroup/Properties/LogGroupName/Fn::Sub/0", "logs"),
    ("c13_somebody_is_woken", "Resources/ApiLatencyAlarm", GONE),
    ("c14_nothing_that_shapes_the_api_is_a_parameter", "Parameters/Origin", {"Type": "String"}),
    ("c15_outputs_say_how_to_reach_it", "Outputs/ApiUrl", GONE),
    ("c16_it_fits_into_a_stack", "Resources", {str(n): {"Type": ""} for n in range(501)}),
    ("w1_the_page_stands_on_amplify", "Resources/SiteApp/Properties/Platform", "WEB_COMPUTE"),
    ("w2_the_page_is_told_the_api_and_the_pool", "Outputs/RuntimeConfig/Value", {"Fn::Sub": "{}"}),
    (
        "w3_functions_stand_behind_paths_by_aspect",
        f"{METHOD}/AuthorizationScopes",
        [{"Fn::Sub": "${ResourceServer}/write"}],
    ),
    ("w4_users_sign_in_and_come_back_to_the_page", f"{CLIENT}/GenerateSecret", True),
    ("w4_users_sign_in_and_come_back_to_the_page", "Resources/UserPool/Properties/Schema", []),
    ("w5_users_of_google_sign_in_too", f"{CLIENT}/SupportedIdentityProviders", ["COGNITO"]),
    ("w6_browsers_may_call_from_the_page_alone", "Resources/BooksOptions", GONE),
    ("w7_functions_do_what_they_do_on_their_own_table", f"{ROLE}/Policies/0/PolicyDocument/Statement/2/Resource", "*"),
    ("w8_tables_keep_what_is_in_them", "Resources/BooksTable/UpdateReplacePolicy", "Delete"),
    ("w8_tables_keep_what_is_in_them", "Resources/BooksTable/Properties/TimeToLiveSpecification/Enabled", False),
    ("m1_users_have_a_pool_that_can_be_updated", "Resources/UserPool/Properties/DeletionProtection", "INACTIVE"),
    ("m3_people_sign_in_at_managed_login", "Resources/AppClientBranding/Properties/ClientId", "x"),
    ("m4_tokens_of_the_pool_are_asked_for", "Resources/Authorizer/Properties/IdentitySource", "x"),
]


@pytest.mark.parametrize(("pattern", "row"), ROWS)
def test_a_row_holds(pattern: str, row: str) -> None:
    project = rendered(pattern)
    assert list(ROWS[pattern, row](View(project.template.data, project))) == []


# What the rows of their own find in the other patterns.
CONFIG, TABLE = "Resources/SiteDistribution/Properties/DistributionConfig", "Resources/ShowsTable/Properties"
POOL, INFO = "Resources/UserPool/Properties", "Resources/InfoFunction/Properties"
SHOWS = "Resources/ShowsRole/Properties/Policies/0/PolicyDocument/Statement"
PAGE_FAULTS: list[tuple[str, str, Any]] = [
    ("s01_the_page_is_in_a_bucket_that_its_distribution_reads", f"{CONFIG}/Origins/0/OriginAccessControlId", GONE),
    ("s02_the_distribution_serves_the_page", f"{CONFIG}/HttpVersion", "http1.1"),
    ("s02_the_distribution_serves_the_page", f"{CONFIG}/CustomErrorResponses", [{"ErrorCode": 404}]),
    ("s03_the_name_of_the_page_leads_to_it", "Resources/SiteDnsRecords", GONE),
    ("s04_an_authorizer_is_asked_by_token_method_and_path", "Resources/Authorizer/Properties/Type", "TOKEN"),
    ("s05_the_authorizer_reads_tokens_and_nothing_else", "Resources/AuthorizerPermission", GONE),
    ("s06_routes_are_those_of_the_table", "Resources/ShowsGet/Properties/AuthorizationType", "NONE"),
    ("s07_browsers_may_call_from_the_page_alone", "Resources/ShowsOptions", GONE),
    ("s07_browsers_may_call_from_the_page_alone", "Resources/ShowsOptions/Properties/Integration/Type", "AWS_PROXY"),
    (
        "s09_tables_and_the_bucket_keep_what_is_in_them",
        "Resources/ContentBucket/Properties/PublicAccessBlockConfiguration",
        {},
    ),
    ("s08_functions_do_what_they_do_on_their_own_store", "Resources/ShowsFunction/Properties/VpcConfig", GONE),
    ("s09_tables_and_the_bucket_keep_what_is_in_them", f"{TABLE}/BillingMode", "PROVISIONED"),
    ("s10_a_cache_stands_before_the_shows", "Resources/ShowsCacheCache/Properties/Engine", "memcached"),
    ("s11_what_the_cache_lacks_comes_from_the_table", "Resources/DynamodbEndpoint", GONE),
    ("s12_what_cloudfront_wants_is_in_us_east_1", f"{CONFIG}/WebACLId", GONE),
]
APP_FAULTS: list[tuple[str, str, Any]] = [
    ("m1_users_have_a_pool_that_can_be_updated", f"{POOL}/Schema", []),
    ("m2_the_app_keeps_no_secret", f"{CLIENT}/GenerateSecret", True),
    ("m3_people_sign_in_at_managed_login", "Resources/LoginDomain/Properties/ManagedLoginVersion", 1),
    ("m4_tokens_of_the_pool_are_asked_for", "Resources/Authorizer/Properties/ProviderARNs", ["arn:x"]),
    ("m5_routes_are_those_of_the_table", "Resources/ShowsGet/Properties/AuthorizationType", "NONE"),
    ("m6_functions_do_what_they_do_on_their_own_store", f"{SHOWS}/2/Action", ["dynamodb:PutItem"]),
    ("m7_the_database_is_reached_from_private_subnets", f"{INFO}/VpcConfig/SubnetIds", ["subnet-1"]),
    (
        "m6_functions_do_what_they_do_on_their_own_store",
        "Resources/InfoRole/Properties/Policies/0/PolicyDocument/Statement/3/Sid",
        "X",
    ),
    ("m7_the_database_is_reached_from_private_subnets", "Resources/InfoToInfoIngress/Properties/ToPort", 3306),
    ("m7_the_database_is_reached_from_private_subnets", "Resources/InfoToEndpointsEgress", GONE),
    ("m8_tables_and_the_database_keep_what_is_in_them", "Resources/InfoDatabase/DeletionPolicy", "Delete"),
    (
        "m10_the_master_secret_is_the_migrations_alone",
        "Resources/InfoRole/Properties/Policies/0/PolicyDocument/Statement/2/Resource",
        "x",
    ),
    ("m8_tables_and_the_database_keep_what_is_in_them", f"{TABLE}/SSESpecification/SSEEnabled", False),
    ("m9_no_browser_calls", "Resources/ShowsGet/Properties/HttpMethod", "OPTIONS"),
]
BROKEN = [
    *(("web-app", *fault) for fault in FAULTS),
    *(("single-page-app", *fault) for fault in PAGE_FAULTS),
    *(("mobile-backend", *fault) for fault in APP_FAULTS),
]


@pytest.mark.parametrize(("pattern", "row", "place", "value"), BROKEN)
def test_a_row_finds_what_breaks_it(pattern: str, row: str, place: str, value: Any) -> None:
    project = rendered(pattern)
    assert list(ROWS[pattern, row](View(broken(project.template.data, place, value), project)))


def test_every_row_is_tried_on_what_it_is_about() -> None:
    assert {row for _, row, _, _ in BROKEN} == {row for _, row in ROWS}
