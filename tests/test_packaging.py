"""Packaged templates: what a deployment serves, what changes nothing, and the way back."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.decode import decode_str

from support.cloudformation import Stack
from tierforge.cli import main
from tierforge.template.lint import lint

BLUEPRINT = """\
name: box-office
pattern: mobile-backend
handlers: plain
profile: dev
auth: {method: cognito}
resources:
  tickets: {operations: [list, create, read], data_store: tickets, owner: true}
data_stores:
  tickets: {type: dynamodb}
observability: {alarms: {email: someone@example.com}}
"""
WITH_DATABASE = BLUEPRINT.replace("{type: dynamodb}", "{type: rds, engine: postgres}")
FUNCTION, ALIAS = "TicketsFunction", "TicketsAlias"


@dataclass(frozen=True)
class Workplace:
    """A project's folder, with the command line to work on it."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def handler(self) -> Path:
        return self.root / "functions" / "tickets" / "handler.py"

    def says(self, blueprint: str) -> None:
        """Write the blueprint and render it."""
        (self.root / "app.yaml").write_text(blueprint, encoding="utf-8")
        assert self.run("render", "--no-lint")[0] == 0

    def edit(self, comment: str) -> None:
        """Change the handler's code."""
        self.handler.write_text(f"{self.handler.read_text(encoding='utf-8')}\n# {comment}\n", encoding="utf-8")

    def run(self, command: str, *options: str) -> tuple[int, str]:
        """Run a command; its exit code, and what it told."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([command, "--blueprint", str(self.root / "app.yaml"), *options])
        return int(left.value.code or 0), self.capsys.readouterr().err

    def package(self, *options: str, name: str = "packaged.yaml") -> dict[str, Any]:
        """The packaged template, read as CloudFormation reads it."""
        assert self.run("package", *options)[0] == 0
        return read(self.root / name)


def read(path: Path) -> dict[str, Any]:
    template, faults = decode_str(path.read_text(encoding="utf-8"))
    assert not faults
    found: dict[str, Any] = json.loads(json.dumps(template))
    return found


@pytest.fixture
def workplace(tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> Workplace:
    made = Workplace(tmp_path, capsys)
    made.says(BLUEPRINT)
    return made


def code(function: Mapping[str, Any]) -> str:
    return str(function["Code"]["S3Key"])


# The three promises


def test_edited_code_is_what_is_served_after_every_deployment(workplace: Workplace) -> None:
    stack = Stack()
    served = []
    for version in ("first", "second", "third"):
        workplace.edit(version)
        packaged = workplace.package()
        stack.deploy(packaged, ArtifactBucket="bucket")
        assert code(stack.serves(ALIAS)) == code(packaged["Resources"][FUNCTION]["Properties"])
        served.append(code(stack.serves(ALIAS)))
    assert len(set(served)) == 3


def test_a_version_that_keeps_its_id_would_serve_old_code(workplace: Workplace) -> None:
    """The trap that the digest in a version's ID is there for; the model falls into it as CloudFormation does."""
    before = workplace.package()
    workplace.edit("new")
    after = workplace.package()
    stack = Stack()
    stack.deploy(_with_constant_version(before), ArtifactBucket="bucket")
    stack.deploy(_with_constant_version(after), ArtifactBucket="bucket")
    assert code(stack.serves(ALIAS)) == code(before["Resources"][FUNCTION]["Properties"])


def _with_constant_version(template: dict[str, Any]) -> dict[str, Any]:
    name = next(name for name, said in template["Resources"].items() if said["Type"] == "AWS::Lambda::Version")
    text = json.dumps(template).replace(name, "TicketsVersion").replace(name[-8:], "constant")
    made: dict[str, Any] = json.loads(text)
    return made


def test_unchanged_code_changes_nothing(workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = workplace.package()
    text = (workplace.root / "packaged.yaml").read_bytes()
    stack = Stack()
    stack.deploy(first, ArtifactBucket="bucket")

    workplace.run("render", "--no-lint")
    assert stack.deploy(workplace.package(), ArtifactBucket="bucket") == set()
    assert (workplace.root / "packaged.yaml").read_bytes() == text

    elsewhere = Workplace(tmp_path_factory.mktemp("elsewhere"), workplace.capsys)
    elsewhere.says(BLUEPRINT)
    elsewhere.package()
    assert (elsewhere.root / "packaged.yaml").read_bytes() == text


def test_the_last_version_can_be_gone_back_to(workplace: Workplace) -> None:
    good = workplace.package()
    stack = Stack()
    stack.deploy(good, ArtifactBucket="bucket")
    released = stack.resources[ALIAS].properties["FunctionVersion"]
    workplace.edit("bad")
    stack.deploy(workplace.package(), ArtifactBucket="bucket")

    # by hand, at once: the superseded version is still there for the alias to point at
    assert code(stack.versions[released]) == code(good["Resources"][FUNCTION]["Properties"])
    # by CloudFormation: the template of the last release, deployed again
    stack.deploy(good, ArtifactBucket="bucket")
    assert code(stack.serves(ALIAS)) == code(good["Resources"][FUNCTION]["Properties"])


# What is published, and what is not


@pytest.mark.parametrize(
    ("change", "published"),
    [
        ("resources: {tickets: {function: {memory_mb: 1024}}}", True),
        ("resources: {tickets: {function: {environment: {GREETING: hello}}}}", True),
        ("tags: {Team: theatre}", False),
        ("resources: {tickets: {function: {reserved_concurrency: 5}}}", False),
        ("observability: {log_retention_days: 30}", False),
    ],
    ids=["memory", "environment", "tag", "reserved concurrency", "log retention"],
)
def test_a_version_is_published_for_what_it_holds_alone(workplace: Workplace, change: str, published: bool) -> None:
    stack = Stack()
    stack.deploy(workplace.package(), ArtifactBucket="bucket")
    before = set(stack.versions)
    workplace.says(merged(BLUEPRINT, change))
    changed = stack.deploy(workplace.package(), ArtifactBucket="bucket")
    assert changed
    assert (set(stack.versions) > before) == published


def merged(blueprint: str, change: str) -> str:
    """A blueprint with a small change laid over it."""
    import yaml

    def over(base: Any, patch: Any) -> Any:
        if not isinstance(patch, dict) or not isinstance(base, dict):
            return patch
        return {**base, **{key: over(base.get(key), value) for key, value in patch.items()}}

    return yaml.safe_dump(over(yaml.safe_load(blueprint), yaml.safe_load(change)))


def test_a_table_that_is_replaced_reaches_the_served_version(workplace: Workplace) -> None:
    for path in workplace.handler.parent.rglob("*.py"):  # the user's own from now on: rendering leaves it alone
        path.write_text(f"{path.read_text(encoding='utf-8')}\n# mine\n", encoding="utf-8")
    stack = Stack()
    before = workplace.package()
    stack.deploy(before, ArtifactBucket="bucket")
    old = stack.resources["TicketsTable"].physical
    workplace.says(merged(BLUEPRINT, "data_stores: {tickets: {partition_key: holder, sort_key: id}}"))
    after = workplace.package()
    assert code(after["Resources"][FUNCTION]["Properties"]) == code(before["Resources"][FUNCTION]["Properties"])
    stack.deploy(after, ArtifactBucket="bucket")
    new = stack.resources["TicketsTable"].physical
    assert new != old
    assert stack.serves(ALIAS)["Environment"]["Variables"]["TICKETS_TABLE_NAME"] == new


# The forms of the template


def test_the_template_alone_names_code_that_never_exists(workplace: Workplace) -> None:
    unpackaged = read(workplace.root / "template.yaml")["Resources"][FUNCTION]["Properties"]
    assert code(unpackaged) == "run-tierforge-package-first/tickets.zip"
    keys = [code(workplace.package()["Resources"][FUNCTION]["Properties"])]
    workplace.edit("new")
    keys.append(code(workplace.package()["Resources"][FUNCTION]["Properties"]))
    assert all(key.startswith("box-office/tickets/") for key in keys)


def test_code_comes_from_the_parameter_or_from_the_bucket_that_is_named(workplace: Workplace) -> None:
    by_parameter = workplace.package()
    assert by_parameter["Resources"][FUNCTION]["Properties"]["Code"]["S3Bucket"] == {"Ref": "ArtifactBucket"}
    assert "ArtifactBucket" in by_parameter["Parameters"]
    by_name = workplace.package("--bucket", "our-artifacts")
    assert by_name["Resources"][FUNCTION]["Properties"]["Code"]["S3Bucket"] == "our-artifacts"
    assert "ArtifactBucket" not in by_name.get("Parameters", {})


def test_build_only_names_the_zips_by_path(workplace: Workplace) -> None:
    built = workplace.package("--build-only", name="built.yaml")
    path = built["Resources"][FUNCTION]["Properties"]["Code"]
    assert (workplace.root / path).is_file()
    assert "ArtifactBucket" not in built.get("Parameters", {})
    assert not (workplace.root / "packaged.yaml").exists()


@pytest.mark.parametrize(
    ("options", "name", "rules"),
    [
        ((), "packaged.yaml", []),
        (("--bucket", "our-artifacts"), "packaged.yaml", []),
        (("--build-only",), "built.yaml", ["W3002"]),  # code by path is for `aws cloudformation package`, as meant
    ],
    ids=["parameter", "bucket", "paths"],
)
def test_what_is_deployed_lints_clean(
    workplace: Workplace, options: tuple[str, ...], name: str, rules: list[str]
) -> None:
    workplace.package(*options, name=name)
    found = lint((workplace.root / name).read_text(encoding="utf-8"), "us-east-1", cache=False)
    assert [finding.rule for finding in found] == rules


# Refusals and warnings


def _changed(workplace: Workplace) -> None:
    path = workplace.root / "app.yaml"
    path.write_text(merged(BLUEPRINT, "description: something else"), encoding="utf-8")


def _edited(workplace: Workplace) -> None:
    path = workplace.root / "template.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}# by hand\n", encoding="utf-8")


def _missing(workplace: Workplace) -> None:
    (workplace.root / "template.yaml").unlink()


@pytest.mark.parametrize("spoil", [_changed, _edited, _missing])
def test_a_template_that_is_not_the_blueprints_is_refused(
    workplace: Workplace, spoil: Callable[[Workplace], None]
) -> None:
    spoil(workplace)
    exit_code, told = workplace.run("package")
    assert exit_code == 1
    assert "template.yaml is not what the blueprint says now" in told
    assert "run: tierforge render" in told
    assert not (workplace.root / "packaged.yaml").exists()


def test_certificates_that_a_function_needs_and_nobody_fetched_are_told(workplace: Workplace) -> None:
    workplace.says(WITH_DATABASE)
    functions = [workplace.root / "functions" / name for name in ("tickets", "tickets-migrate")]
    for function in functions:  # the user's files: nothing has to be installed for this test
        (function / "requirements.txt").write_text("# nothing\n")
    told = workplace.run("package")[1]
    for function in functions:
        assert f"warning: {function / 'global-bundle.pem'} is missing" in told
        (function / "global-bundle.pem").write_text("certificates")
    assert "warning" not in workplace.run("package")[1]


def test_the_packaged_template_differs_in_code_and_versions_alone(workplace: Workplace) -> None:
    packaged, rendered = workplace.package(), read(workplace.root / "template.yaml")
    assert _without_code(packaged) == _without_code(rendered)


def _without_code(template: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(template)
    del made["Resources"][FUNCTION]["Properties"]["Code"]
    return _with_constant_version(made)
