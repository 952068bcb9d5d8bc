"""bootstrap.yaml and images.yaml: clean for every judge, never a loss for who deletes them, no fight over a role."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.core import get_rules
from cfnlint.decode import decode_str
from cfnlint.runner import run_template_by_data

from project_documents import FULL, render

CONTEXT_KEY = "com.aws.cloudformation.Context"
ORDER = ["Type", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Metadata", "Properties"]


@pytest.fixture(scope="module", params=["bootstrap.yaml", "images.yaml"])
def text(request: pytest.FixtureRequest) -> str:
    """Each of the templates that stand beside the application's."""
    return render(f"{request.param}.j2", FULL)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return read(render("bootstrap.yaml.j2", FULL))


def read(text: str) -> dict[str, Any]:
    """A template with its intrinsic functions in their long form."""
    decoded, faults = decode_str(text)
    assert not faults
    return json.loads(json.dumps(decoded))


def test_cfn_lint_finds_nothing_at_any_level(text: str) -> None:
    levels = ["I", "W", "E"]
    decoded, _ = decode_str(text)
    config = ConfigMixIn([], regions=["us-east-1", "eu-west-1"], include_checks=levels, include_experimental=True)
    rules = get_rules([], [], levels, include_experimental=True)
    assert [str(match) for match in run_template_by_data(decoded, config, rules)] == []


def test_cloudformation_validate_finds_nothing(text: str) -> None:
    validate = pytest.importorskip("cloudformation_validate")
    engine, config = validate.CompositeEngine(), validate.ValidateConfig(strict=True)
    report = engine.validate_template(text.encode(), config)
    create_only = {"I9001", "I9003"}  # information about the type, not about the template
    assert [(d.rule_id, d.message) for d in report.diagnostics if d.rule_id not in create_only] == []


def test_checkov_finds_nothing_undocumented(text: str, tmp_path: Path) -> None:
    beside = Path(sys.executable).with_name("checkov")
    checkov = str(beside) if beside.exists() else shutil.which("checkov")
    if not checkov:
        pytest.skip("checkov is not installed; it needs an environment of its own: pip install checkov")
    (tmp_path / "beside.yaml").write_text(text)
    command = [checkov, "-f", "beside.yaml", "-o", "json", "--compact", "--quiet", "--skip-download"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["results"]["failed_checks"] == []
    assert report["summary"]["passed"] >= 3


def test_every_resource_is_kept_and_says_why(text: str) -> None:
    template = read(text)
    assert template["Metadata"][CONTEXT_KEY]["arch"]
    for resource in template["Resources"].values():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
        assert resource["Metadata"][CONTEXT_KEY]["why"]
        assert list(resource) == [key for key in ORDER if key in resource]


def test_a_logging_role_that_is_there_is_left_alone(template: dict[str, Any]) -> None:
    assert template["Parameters"]["LoggingRole"]["AllowedValues"] == ["create", "keep"]
    conditional = {name for name, r in template["Resources"].items() if r.get("Condition") == "CreatesLoggingRole"}
    assert conditional == {"ApiGatewayLoggingRole", "ApiGatewayAccount"}
    assert template["Outputs"]["ApiGatewayLoggingRoleArn"]["Condition"] == "CreatesLoggingRole"
    assert "Condition" not in template["Outputs"]["ArtifactBucketName"]


def test_the_logging_role_carries_what_the_organisation_asks_for(template: dict[str, Any]) -> None:
    role = template["Resources"]["ApiGatewayLoggingRole"]["Properties"]
    nothing = {"Ref": "AWS::NoValue"}
    assert role["PermissionsBoundary"] == {"Fn::If": ["HasBoundary", {"Ref": "PermissionsBoundary"}, nothing]}
    assert role["Path"] == {"Ref": "RolePath"}
    assert template["Parameters"]["RolePath"]["Default"] == "/"


def test_old_code_stays_in_the_bucket(template: dict[str, Any]) -> None:
    bucket = template["Resources"]["ArtifactBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    for rule in bucket["LifecycleConfiguration"]["Rules"]:
        assert not {"ExpirationInDays", "ExpirationDate", "Transitions"} & set(rule)


def test_it_is_what_deploy_sh_expects(template: dict[str, Any]) -> None:
    script = render("deploy.sh.j2", FULL)
    assert "choice=keep" in script
    assert "choice=create" in script
    assert '--parameter-overrides "LoggingRole=$choice"' in script
    assert "output ArtifactBucketName" in script
    assert "ArtifactBucketName" in template["Outputs"]


def test_images_are_for_the_functions_of_the_stack_and_never_overwritten() -> None:
    repository = read(render("images.yaml.j2", FULL))["Resources"]["Repository"]["Properties"]
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    (statement,) = repository["RepositoryPolicyText"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":function:${ApplicationStack}-*")


def test_no_image_expires_that_a_function_may_run_from() -> None:
    """A count or an age knows nothing of the versions that are kept: only what has no tag goes by itself."""
    repository = read(render("images.yaml.j2", FULL))["Resources"]["Repository"]["Properties"]
    (rule,) = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["selection"]["tagStatus"] == "untagged"
