"""The architecture of each pattern, as its blueprint in `blueprints/` renders: row by row what has to stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.acceptance import common, web_app
from support.broken import GONE, broken
from support.guarantees.view import View
from support.rendered import rendered

Row = Callable[[View], Iterator[str]]
OF_THEIR_OWN: dict[str, tuple[Row, ...]] = {"mobile-backend": (), "web-app": web_app.ROWS}
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
    ("c5_logs_end", "Resources/BooksLogGroup/Properties/RetentionInDays", GONE),
    ("c6_errors_of_the_gateway_are_answers_too", "Resources/Default4xxResponse/Properties/ResponseParameters", {}),
    ("c7_bodies_and_parameters_are_checked", "Resources/BooksPost/Properties/RequestModels", GONE),
    ("c8_functions_have_roles_of_their_own", f"{FUNCTION}/Role", {"Fn::GetAtt": ["ReviewsRole", "Arn"]}),
    ("c9_functions_run_on_arm_and_log_and_trace", f"{FUNCTION}/TracingConfig/Mode", "PassThrough"),
    ("c10_releases_are_versions_behind_an_alias", "Resources/BooksVersion/DeletionPolicy", "Delete"),
    ("c11_the_api_may_call_the_alias_below_its_path", f"{PERMISSION}/SourceArn", {"Fn::Sub": "${RestApi}/*"}),
    ("c12_a_firewall_stands_before_the_stage", "Resources/WebAcl/Properties/Rules", []),
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
]


@pytest.mark.parametrize(("pattern", "row"), ROWS)
def test_a_row_holds(pattern: str, row: str) -> None:
    project = rendered(pattern)
    assert list(ROWS[pattern, row](View(project.template.data, project))) == []


@pytest.mark.parametrize(("row", "place", "value"), FAULTS)
def test_a_row_finds_what_breaks_it(row: str, place: str, value: Any) -> None:
    project = rendered("web-app")
    assert list(ROWS["web-app", row](View(broken(project.template.data, place, value), project)))
