"""The line that a stage writes for each request is read by programs, whatever a caller sends."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from tierforge.blueprint.environments import merged
from tierforge.blueprint.source import parse
from tierforge.diagnostics import BlueprintError
from tierforge.model import Stack
from tierforge.projects import Project, project_of

BASE: dict[str, Any] = {
    "name": "box-office",
    "pattern": "mobile-backend",
    "resources": {"tickets": {"operations": ["list", "read"], "data_store": "tickets", "owner": True}},
    "data_stores": {"tickets": {"type": "dynamodb"}},
}
VARIABLE = re.compile(r"\$context\.[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
HOSTILE = 'Mozilla "}\\", \n\t${AWS::StackName} $context.status {{resolve:ssm:x}} \u2028 é'
EVERY_FORM: list[Any] = [True, "json", {"fields": ["identity.userAgent"]}, {"fields": {"agent": "identity.userAgent"}}]


def project(**says: Any) -> Project:
    text = yaml.safe_dump(merged(BASE, says), sort_keys=False)
    return project_of(parse("app.yaml", text), CATALOG, linted=False)


def form(**says: Any) -> str:
    """The format of the access log, as the template says it."""
    stages = [e.data for e in project(**says).template.resources() if e.data["Type"].endswith("::Stage")]
    properties = stages[0]["Properties"]
    return str((properties.get("AccessLogSetting") or properties["AccessLogSettings"])["Format"])


def line(text: str, value: str) -> str:
    """What API Gateway writes: each variable replaced by its value, escaped as in a JSON string."""
    return VARIABLE.sub(lambda _: json.dumps(value)[1:-1], text)


@pytest.mark.parametrize("api", ["rest", "http"])
@pytest.mark.parametrize("said", EVERY_FORM, ids=["true", "json", "a list", "a map"])
@pytest.mark.parametrize("value", [HOSTILE, "-", ""], ids=["hostile", "not there", "empty"])
def test_a_line_stays_one_object(api: str, said: Any, value: str) -> None:
    text = form(api={"type": api}, observability={"access_logs": said})
    written = line(text, value)
    assert "\n" not in written
    assert set(json.loads(written).values()) == {value}
    assert set(json.loads(text)) == set(json.loads(written))


@pytest.mark.parametrize("api", ["rest", "http"])
def test_the_request_is_named_and_chosen_fields_are_called_as_usual(api: str) -> None:
    fields = ["identity.sourceIp", "$context.status", "authorizer.claims.email", "integration.requestId"]
    assert json.loads(form(api={"type": api}, observability={"access_logs": {"fields": fields}})) == {
        "requestId": "$context.requestId",
        "ip": "$context.identity.sourceIp",
        "status": "$context.status",
        "authorizerClaimsEmail": "$context.authorizer.claims.email",
        "integrationRequestId": "$context.integration.requestId",
    }


def test_fields_are_called_as_the_blueprint_says() -> None:
    fields = {"at": "requestTime", "id": "$context.requestId"}
    assert json.loads(form(observability={"access_logs": {"fields": fields}})) == {
        "at": "$context.requestTime",
        "id": "$context.requestId",
    }


@pytest.mark.parametrize("api", ["rest", "http"])
def test_common_log_format_has_its_seven_fields_and_the_request(api: str) -> None:
    written = line(form(api={"type": api}, observability={"access_logs": "clf"}), "x")
    assert re.fullmatch(r'x x x \[x\] "x x x" x x x', written)


@pytest.mark.parametrize("fields", [["path"], {"key": "identity.apiKeyId", "answer": "status"}])
def test_the_use_of_keys_is_counted_in_lines_of_any_shape(fields: Any) -> None:
    """What counts looks for the very keys that lines have."""
    says = {"api": {"api_key": True, "usage_plans": {"basic": {"keys": ["app"]}}}}
    says["observability"] = {"access_logs": {"fields": fields}}
    keys = {variable: key for key, variable in json.loads(form(**says)).items()}
    found = {e.data["Type"]: e.data["Properties"] for e in project(**says).template.resources()}
    pattern = found["AWS::Logs::MetricFilter"]["FilterPattern"]
    assert pattern == f'{{ $.{keys["$context.status"]} = "429" && $.{keys["$context.identity.apiKeyId"]} != "-" }}'
    rule = json.loads(found["AWS::CloudWatch::InsightRule"]["RuleBody"]["Fn::Sub"])
    assert rule["Contribution"]["Keys"] == [f"$.{keys['$context.identity.apiKeyId']}"]


def test_whose_key_it_was_is_not_in_common_log_format_and_the_blueprint_is_told() -> None:
    plans = {"api_key": True, "usage_plans": {"basic": {"keys": ["app"]}}}
    made = project(api=plans, observability={"access_logs": "clf"})
    assert not [e for e in made.template.resources() if e.data["Type"] == "AWS::CloudWatch::InsightRule"]
    assert warnings(made.stack) == {"Common Log Format has no API keys, so nobody sees how much each of them is used"}


def test_keys_of_callers_in_a_log_are_worth_a_warning() -> None:
    made = project(observability={"access_logs": {"fields": ["identity.apiKey"]}})
    assert warnings(made.stack) == {
        "the API keys of callers would stand in the log; identity.apiKeyId names them as well"
    }


def test_a_format_that_api_gateway_would_refuse_is_told() -> None:
    fields = {f"a-field-with-a-long-name-{n}".replace("-", "_"): "identity.userAgent" for n in range(60)}
    with pytest.raises(BlueprintError) as refused:
        form(observability={"access_logs": {"fields": fields}})
    (found,) = refused.value.diagnostics
    assert found.message.endswith("API Gateway takes 3,072")
    assert found.hint == "choose fewer fields"


def warnings(stack: Stack) -> set[str]:
    return {note.message for note in stack.notes if note.severity == "warning"}
