"""`validate --strict`: warnings fail, and a second linter's findings stand at the blueprint's lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tierforge.cli import main

BLUEPRINT = """\
name: box-office
pattern: mobile-backend
auth: {method: cognito}
resources:
  tickets: {operations: [list, create], data_store: tickets, owner: true}
data_stores:
  tickets: {type: dynamodb}
observability: {alarms: {email: someone@example.com}}
"""
BAD_VALUE = "overrides:\n  TicketsTable: {Properties: {TableClass: MARBLE}}\n"
SUPPRESSED = """\
overrides:
  TicketsTable:
    Properties: {TableClass: MARBLE}
    Metadata: {cfn-lint: {config: {ignore_checks: [E3030]}}}
"""


def strict(folder: Path, text: str, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    path = folder / "app.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["validate", "--blueprint", str(path), "--no-lint", *options])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def test_a_sound_blueprint_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = strict(tmp_path, BLUEPRINT, capsys, "--strict")
    assert (code, err) == (0, "")
    assert out.endswith("app.yaml is valid\n")


def test_a_finding_stands_at_the_line_that_led_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert strict(tmp_path, BLUEPRINT + BAD_VALUE, capsys)[0] == 0  # neither linter was asked
    code, out, _ = strict(tmp_path, BLUEPRINT + BAD_VALUE, capsys, "--strict", "--format", "json")
    (found,) = json.loads(out)
    assert code == 1
    assert (found["line"], found["column"], found["severity"]) == (10, 3, "error")
    assert "'MARBLE' is not one of" in found["message"]
    assert found["hint"].startswith("at Resources/TicketsTable/Properties/TableClass, line ")


def test_what_the_template_suppresses_does_not_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert strict(tmp_path, BLUEPRINT + SUPPRESSED, capsys, "--strict")[0] == 0


def test_warnings_of_our_own_fail_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unowned = BLUEPRINT.replace(", owner: true", "")
    assert strict(tmp_path, unowned, capsys)[0] == 0
    code, _, err = strict(tmp_path, unowned, capsys, "--strict")
    assert code == 1
    assert "app.yaml:5:3: warning: any signed-in user can change any item of 'tickets'" in err


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cloudformation_validate", None)  # as if it were not installed
    code, _, err = strict(tmp_path, BLUEPRINT, capsys, "--strict")
    assert code == 2
    assert "pip install 'tierforge[strict]'" in err
