"""Every fault of a blueprint is told as recorded; `pytest --update-golden` records anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.command import Command
from support.rendered import ROOT

ERRORS = ROOT / "tests" / "errors"
CASES = sorted(path.name for path in ERRORS.iterdir())
LOCATED = re.compile(r"app\.yaml:[1-9][0-9]*:[1-9][0-9]*: (error|warning|info): \S")


@pytest.fixture
def told(own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line; the blueprint is named as somebody in its folder does."""
    assert own_home.is_dir()
    monkeypatch.setenv("PYTHONUTF8", "1")
    return Command(capsys)


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_told_as_recorded(
    case: str, told: Command, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ERRORS / case)
    more = Path("arguments.txt")  # --no-lint where cfn-lint's answer depends on the date
    answer = told("validate", "--quiet", *(more.read_text().split() if more.exists() else ()))
    expected = Path("expected.txt")
    if update_golden:
        expected.write_text(answer.err, encoding="utf-8")
    assert answer.err == expected.read_text(encoding="utf-8")
    assert answer.out == ""
    assert answer.code == (1 if ": error: " in answer.err else 0)


@pytest.mark.parametrize("case", CASES)
def test_a_recorded_fault_has_a_place_and_a_remedy(case: str) -> None:
    """The first line leads an editor there; the last one says what to do."""
    told = (ERRORS / case / "expected.txt").read_text(encoding="utf-8")
    starts = [line for line in told.splitlines() if line and not line.startswith(" ")]
    assert starts
    assert [line for line in starts if not LOCATED.match(line)] == []
    assert told.count(" = hint: ") == len(starts)
    assert max(map(len, told.splitlines())) <= 400
