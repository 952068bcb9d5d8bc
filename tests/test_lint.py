"""What the linter finds, that nothing on the machine changes it, and that it is not asked twice."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from support.catalog import CATALOG
from tierforge import cache
from tierforge.blueprint.source import parse
from tierforge.diagnostics import TemplateBug, UsageError
from tierforge.projects import lint_faults, project_of
from tierforge.template.lint import Finding, lint

FAULTY = textwrap.dedent("""\
    AWSTemplateFormatVersion: "2010-09-09"
    Resources:
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          BucketNam: misspelt
          VersioningConfiguration: {Status: Sometimes}
      Function:
        Type: AWS::Lambda::Function
        Properties:
          Role: !GetAtt Nobody.Arn
          Runtime: python3.6
          Handler: a.b
          Code: {ZipFile: "x"}
    Parameters:
      Unused: {Type: String}
    """)
CFN_LINT = [str(Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--include-checks", "I"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test starts with an empty cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "cache"


def bare_cfn_lint(folder: Path, *options: str) -> set[tuple[Any, ...]]:
    """What the command of cfn-lint says of FAULTY when it is run in `folder`."""
    (folder / "template.yaml").write_text(FAULTY)
    command = [*CFN_LINT, *options, "--template", "template.yaml"]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    return {
        (
            tuple(match["Location"]["Path"] or ()),
            match["Rule"]["Id"],
            match["Message"],
            match["Location"]["Start"]["LineNumber"],
            match["Location"]["Start"]["ColumnNumber"],
        )
        for match in json.loads(output)
    }


def as_the_command_says(findings: list[Finding]) -> set[tuple[Any, ...]]:
    return {(f.path, f.rule, f.message, f.line, f.column) for f in findings}


def in_a_process(code: str) -> str:
    """What `code` prints in a Python of its own, with FAULTY as its input."""
    return subprocess.run(
        [sys.executable, "-c", code],
        input=FAULTY,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_it_finds_what_the_command_finds_at_the_same_places(tmp_path: Path) -> None:
    findings = lint(FAULTY, "us-east-1")
    options = ("--include-experimental", "--regions", "us-east-1")
    assert as_the_command_says(findings) == bare_cfn_lint(tmp_path, *options)
    assert [(f.line, f.column) for f in findings] == sorted((f.line, f.column) for f in findings)
    misspelt = next(f for f in findings if f.rule == "E3002")
    assert misspelt.path == ("Resources", "Bucket", "Properties", "BucketNam")
    assert (misspelt.line, misspelt.column, misspelt.severity) == (6, 7, "error")
    assert FAULTY.splitlines()[misspelt.line - 1][misspelt.column - 1 :].startswith("BucketNam:")


def test_all_levels_the_experimental_rules_and_the_clock_are_on() -> None:
    found = {f.rule: f.severity for f in lint(FAULTY, "us-east-1")}
    assert found["I4010"] == "info", "an experimental rule"
    assert found["W2001"] == "warning"
    assert found["E2533"] == "error", "a runtime at the end of its life"


def test_json_is_linted_as_yaml_is() -> None:
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketNam": 1}}}}
    found = [f for f in lint(json.dumps(template, indent=2), "us-east-1") if f.severity == "error"]
    assert [(f.path, f.line) for f in found] == [(("Resources", "Bucket", "Properties", "BucketNam"), 6)]


def test_text_that_is_no_template_is_a_finding_with_a_line() -> None:
    for text, line in (("Resources:\n  A: [1\n", 3), ("Resources:\n\tA: 1\n", 2), ("- 1\n", 1)):
        assert [(f.rule, f.line, f.path) for f in lint(text, "us-east-1")] == [("E0000", line, ())]


def test_suppressions_in_the_template_count() -> None:
    def rules(metadata: str) -> set[str]:
        text = f"{metadata}\nResources:\n  Topic: {{Type: AWS::SNS::Topic, Properties: {{Nothing: 1}}}}\n"
        return {f.rule for f in lint(text, "us-east-1")}

    assert "E3002" in rules("")
    assert "E3002" not in rules("Metadata: {cfn-lint: {config: {ignore_checks: [E3002]}}}")


def test_the_region_is_the_one_that_was_asked_for() -> None:
    dax = "Resources:\n  Group: {Type: AWS::DAX::SubnetGroup, Properties: {SubnetIds: [subnet-12345678]}}\n"
    assert "E3006" not in {f.rule for f in lint(dax, "us-east-1")}
    assert "E3006" in {f.rule for f in lint(dax, "eu-north-1")}
    with pytest.raises(UsageError, match="eu-nowhere-1"):
        lint(dax, "eu-nowhere-1")


@pytest.mark.parametrize("settings", ["3", "{config: {ignore_checks: [E1, E3]}}"])
def test_a_crash_of_cfn_lint_is_told_with_what_to_do(settings: str) -> None:
    """It raises for the first, and one of its rules for the second (if no more, take others that do)."""
    text = f"Metadata: {{cfn-lint: {settings}}}\nResources:\n  1: {{Type: AWS::SNS::Topic}}\n"
    with pytest.raises(TemplateBug, match="cfn-lint crashed on the template") as bug:
        lint(text, "us-east-1")
    assert "--no-lint" in bug.value.hint


def test_a_rule_that_crashes_on_a_faulty_template_does_not_hide_the_fault() -> None:
    found = lint("Resources:\n  1: {Type: AWS::SNS::Topic}\n", "us-east-1")
    assert {f.rule for f in found if f.severity == "error"} == {"E0002", "E3001"}


# Nothing on the machine changes it


def test_settings_in_the_current_folder_the_home_and_the_environment_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = lint(FAULTY, "us-east-1", cache=False)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".cfnlintrc").write_text("mandatory_checks: [E3012]\nignore_checks: [W]\n")
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [I, W, E]\nregions: [eu-north-1]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert bare_cfn_lint(tmp_path) == set(), "these settings do silence the command"
    assert lint(FAULTY, "us-east-1", cache=False) == expected
    (tmp_path / ".cfnlintrc").write_text("no_such_key: [\n")
    assert lint(FAULTY, "us-east-1", cache=False) == expected


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="cfn-lint keeps downloads elsewhere there")
def test_newer_schemas_in_the_home_folder_do_not_count(tmp_path: Path, own_cache: Path) -> None:
    downloaded = own_cache / "aws" / "cfn-lint" / "schemas"
    (downloaded / "providers").mkdir(parents=True)
    (downloaded / "resources").mkdir()
    (downloaded / "version.json").write_text('{"schema_date": "2999-01-01T00:00:00Z"}')
    for region in ("us-east-1", "sam"):
        (downloaded / "providers" / f"{region}.json").write_text("{}")
    unknown_type = {match[1] for match in bare_cfn_lint(tmp_path)}
    assert "E3006" in unknown_type, "these schemas do change what the command finds"
    code = (
        "import sys; from tierforge.template.lint import lint\n"
        "print([f.rule for f in lint(sys.stdin.read(), 'us-east-1', cache=False)])"
    )
    assert in_a_process(code) == f"{[f.rule for f in lint(FAULTY, 'us-east-1', cache=False)]}\n"


# It costs little


def test_importing_the_stage_and_a_cached_answer_do_not_load_cfn_lint() -> None:
    expected = lint(FAULTY, "us-east-1")
    code = (
        "import sys; from tierforge.template.lint import lint; findings = lint(sys.stdin.read(), 'us-east-1')\n"
        "print(len(findings), 'cfnlint' in sys.modules)"
    )
    assert in_a_process(code) == f"{len(expected)} False\n"


def test_an_answer_is_kept_for_the_text_and_the_region(own_cache: Path) -> None:
    kept = own_cache / "tierforge" / "lint"
    first = lint(FAULTY, "us-east-1")
    assert lint(FAULTY, "us-east-1") == first
    assert len(list(kept.iterdir())) == 1
    lint(FAULTY, "eu-west-1")
    lint(FAULTY + "# more\n", "us-east-1")
    assert len(list(kept.iterdir())) == 3
    lint(FAULTY, "eu-west-2", cache=False)
    assert len(list(kept.iterdir())) == 3


@pytest.mark.parametrize("content", ["", "[[", "null", "3", "[[1, 2]]", '[["a", 1, 2, 3, "b", []]]', "\0\xff"])
def test_a_spoilt_entry_is_ignored_and_replaced(own_cache: Path, content: str) -> None:
    first = lint(FAULTY, "us-east-1")
    (entry,) = (own_cache / "tierforge" / "lint").iterdir()
    sound = entry.read_text()
    entry.write_text(content, encoding="latin-1")
    assert lint(FAULTY, "us-east-1") == first
    assert entry.read_text() == sound


def test_a_cache_that_cant_be_used_is_not_used(own_cache: Path) -> None:
    own_cache.write_text("a file where the folder should be")
    assert lint(FAULTY, "us-east-1") == lint(FAULTY, "us-east-1", cache=False)


@pytest.mark.parametrize("collecting", [True, False])
def test_the_garbage_collector_is_left_as_it_was(collecting: bool) -> None:
    was = gc.isenabled()
    try:
        gc.enable() if collecting else gc.disable()
        lint(FAULTY, "us-east-1", cache=False)
        assert gc.isenabled() is collecting
    finally:
        gc.enable() if was else gc.disable()


# The cache itself


def test_a_reader_sees_all_of_an_entry_or_none() -> None:
    writer = "from tierforge import cache\nfor n in range(300): cache.store('k', 'e', [n] * 2_000)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [subprocess.Popen([sys.executable, "-c", writer], env=environment) for _ in range(2)]
    seen = set()
    while any(process.poll() is None for process in writers):
        value = cache.load("k", "e")
        assert value is None or value == [value[0]] * 2_000
        seen.add(value and value[0])
    assert [process.returncode for process in writers] == [0, 0]
    assert len(seen) > 2, "read while it was written"
    folder = cache.cache_folder()
    assert folder is not None
    assert [place.name for place in (folder / "k").iterdir()] == ["e.json"]


def test_old_entries_make_room(own_cache: Path) -> None:
    for number in range(210):
        cache.store("k", str(number), number)
        os.utime(own_cache / "tierforge" / "k" / f"{number}.json", (number, number))
    assert cache.load("k", "0") is None
    assert cache.load("k", "209") == 209
    assert len(list((own_cache / "tierforge" / "k").iterdir())) <= 201


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the XDG folders are of Linux and the BSDs")
def test_the_cache_folder_is_where_the_system_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache.cache_folder() == tmp_path / "cache" / "tierforge"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert cache.cache_folder() == tmp_path / "home" / ".cache" / "tierforge"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == tmp_path / "home" / ".cache" / "tierforge"


def test_a_function_whose_name_just_fits_is_no_finding() -> None:
    """cfn-lint tries the name "teststack", which is longer than the stack's own."""
    path = "/x/" + "abcdefgh/" * 4 + "abcdefghij"
    text = f"""
name: abc
pattern: mobile-backend
resources: {{long: {{routes: [{{route: GET {path}, function: {{memory_mb: 256}}}}], auth: none}}}}
"""
    project = project_of(parse("app.yaml", text), CATALOG, linted=False)
    (function,) = (f for f in project.stack.functions if f.routes)
    assert 64 - len("teststack-") < len(function.name) <= 64 - len("abc-")
    assert lint_faults(project.template, project.blueprint, cached=False) == []
