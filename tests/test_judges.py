"""Every rendered template before linters that are not ours: what they find is satisfied, or suppressed for a reason."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cfn_lint_serverless.rules as serverless
import cloudformation_validate
import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.runner import run_template_by_data

from support.rendered import BELOW, BLUEPRINTS, TEMPLATES, rendered
from tierforge.template.lint import lint
from tierforge.template.strict import findings

# Advice about every property that can't be changed in place: no fault of a template.
CREATE_ONLY = {"I9001", "I9003"}

Found = set[tuple[str, str]]  # (logical ID, rule)


@pytest.fixture(scope="session")
def validator() -> cloudformation_validate.Engine:
    return cloudformation_validate.CompositeEngine()


def resources(name: str) -> Mapping[str, Any]:
    """The resources of a blueprint's template."""
    found: Mapping[str, Any] = rendered(name).template.data["Resources"]
    return found


def without_suppressions(name: str) -> dict[str, Any]:
    """A blueprint's template as the judges would see it if nothing were suppressed."""
    data = rendered(name).template.data
    judges = ("checkov", "cdk_nag", "cfn-lint")
    bare = {
        key: {**said, "Metadata": {k: v for k, v in said.get("Metadata", {}).items() if k not in judges}}
        for key, said in data["Resources"].items()
    }
    return {**data, "Resources": bare}


# cloudformation-validate


def test_cloudformation_validate_finds_nothing(judged_name: str) -> None:
    made = rendered(judged_name)
    assert findings(made.template, made.blueprint) == []


@pytest.mark.slow
def test_cloudformation_validate_has_no_advice(template_name: str, validator: cloudformation_validate.Engine) -> None:
    found = _validated(rendered(template_name).template.text, validator)
    assert {said.rule_id for said in found if said.severity.name == "INFO"} <= CREATE_ONLY


def _validated(text: str, validator: cloudformation_validate.Engine) -> list[Any]:
    content = cloudformation_validate.TemplateContent(text, "template.yaml")
    config = cloudformation_validate.ValidateConfig(strict=True)
    return list(validator.validate_template(content, config).diagnostics)


# cfn-lint, with the rules that AWS's serverless team wrote for it


def serverless_findings(text: str) -> Found:
    """What the serverless rules find in a template, by resource; loaded as classes, for as files they can't be."""
    rules = Rules()
    rules.extend([getattr(serverless, name)() for name in serverless.__all__])
    template, faults = decode_str(text)
    assert not faults
    config = ConfigMixIn(["--config-file", os.devnull], regions=["us-east-1"], include_checks=["I", "W", "E"])
    matches = run_template_by_data(template, config, rules)
    return {(str(match.path[1]), match.rule.id) for match in matches}


def test_the_serverless_rules_find_nothing(judged_name: str) -> None:
    assert serverless_findings(rendered(judged_name).template.text) == set()


@pytest.mark.slow
def test_what_is_suppressed_for_the_linters_would_be_found(
    template_name: str, validator: cloudformation_validate.Engine
) -> None:
    bare = json.dumps(without_suppressions(template_name), indent=1)
    found = serverless_findings(bare)
    found |= {(said.entity.logical_id, said.rule_id) for said in _validated(bare, validator) if said.entity}
    own = lint(bare, rendered(template_name).blueprint.region, cache=False)
    found |= {(str(said.path[1]), said.rule) for said in own if len(said.path) > 1}
    assert suppressed(template_name, "cfn-lint") - found == set()


# checkov


def checkov_command() -> str:
    """Where checkov is; it wants packages of its own, so it lives in an environment of its own."""
    command = os.environ.get("TIERFORGE_CHECKOV") or shutil.which("checkov")
    if not command:
        pytest.skip("checkov is not installed: `pipx install checkov`, or name it in TIERFORGE_CHECKOV")
    return command


def file_of(name: str) -> str:
    """What a template's file is called for checkov."""
    return name.replace(BELOW, "-")


@pytest.fixture(scope="module")
def failed_checks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Found]:
    """What checkov finds in each template, and in the same without its suppressions (`<name>.bare`): one process."""
    folder = tmp_path_factory.mktemp("templates")
    for name in TEMPLATES:
        (folder / f"{file_of(name)}.json").write_text(json.dumps(rendered(name).template.data, indent=1))
        (folder / f"{file_of(name)}.bare.json").write_text(json.dumps(without_suppressions(name), indent=1))
    command = [checkov_command(), "--directory", ".", "--framework", "cloudformation", "--output", "json", "--compact"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}  # without a configuration of the user's
    done = subprocess.run(
        [*command, "--quiet", "--skip-download"], cwd=folder, env=environment, capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100 * len(BLUEPRINTS)
    found: dict[str, Found] = {path.stem: set() for path in folder.glob("*.json")}
    for check in report["results"]["failed_checks"]:
        found[Path(check["file_path"]).stem].add((check["resource"].partition(".")[2], check["check_id"]))
    return found


@pytest.mark.slow
def test_checkov_finds_nothing_that_is_not_suppressed(template_name: str, failed_checks: Mapping[str, Found]) -> None:
    assert failed_checks[file_of(template_name)] == set()


@pytest.mark.slow
def test_what_is_suppressed_for_checkov_would_be_found(template_name: str, failed_checks: Mapping[str, Found]) -> None:
    assert suppressed(template_name, "checkov") - failed_checks[f"{file_of(template_name)}.bare"] == set()


# The reasons


def suppressions(name: str) -> Iterator[tuple[str, str, str, str]]:
    """(logical ID, judge, rule, reason) of every suppression in a template; cfn-lint's form has no reason in it."""
    for key, said in resources(name).items():
        metadata = said.get("Metadata", {})
        for skip in metadata.get("checkov", {}).get("skip", ()):
            yield key, "checkov", skip["id"], skip["comment"]
        for rule in metadata.get("cdk_nag", {}).get("rules_to_suppress", ()):
            yield key, "cdk_nag", rule["id"], rule["reason"]
        for rule in metadata.get("cfn-lint", {}).get("config", {}).get("ignore_checks", ()):
            yield key, "cfn-lint", rule, _comment(name, key, rule)


def _comment(name: str, key: str, rule: str) -> str:
    """The reason that stands in a comment of the resource's text: `# W3010: …`."""
    text = next(entry.text for entry in rendered(name).template.resources() if entry.key == key)
    lines = [line.strip() for line in text.splitlines()]
    return next((line.partition(": ")[2] for line in lines if line.startswith(f"# {rule}: ")), "")


def suppressed(name: str, judge: str) -> Found:
    return {(key, rule) for key, of, rule, _ in suppressions(name) if of == judge}


def test_every_suppression_has_a_reason(template_name: str) -> None:
    found = list(suppressions(template_name))
    assert found or not rendered(template_name).stack.functions
    for key, judge, rule, reason in found:
        assert len(reason.split()) >= 4, f"{key}: {judge} {rule} is suppressed without a reason"
