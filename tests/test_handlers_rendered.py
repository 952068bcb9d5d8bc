"""Whatever the blueprint says, the rendered code is tidy, modern, small, and its own tests pass."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from support.cases import BY_ROW, EVENTS, LONG_NAME, REVIEWS, SHOWS, TEMPLATES, TICKETS, Case, context_of
from support.emitted import few
from support.handlers import pytest_in, rendered, trees_of, write
from support.tidy import untidy

CASES = {
    "owner": TICKETS,
    "owner-plain": replace(TICKETS, style="plain"),
    "http-api": replace(LONG_NAME, payload="2.0"),
    "http-api-plain": replace(TICKETS, style="plain", payload="2.0"),
    "scan": SHOWS,
    "index": EVENTS,
    "parent": REVIEWS,
    "cached": replace(TICKETS, cached=True),
    "cached-index": Case("seats", list_by=BY_ROW, cached=True, style="plain"),
    "groups-and-a-long-name": LONG_NAME,
    "custom-route": replace(TICKETS, custom=True, groups=("staff",)),
    "no-store": replace(TICKETS, store="none", custom=True),
    "no-store-plain": replace(TICKETS, store="none", style="plain"),
    "postgres": replace(TICKETS, store="postgres"),
    "postgres-read-only": replace(SHOWS, store="postgres", style="plain"),
    "postgres-iam-parent": replace(REVIEWS, store="postgres", credentials="iam"),
    "s3": replace(LONG_NAME, store="s3"),
    "s3-read-only": replace(SHOWS, store="s3", style="plain"),
    "s3-parent": replace(REVIEWS, store="s3"),
    "s3-uploads": replace(TICKETS, store="s3", uploads=True),
    "data-api": replace(TICKETS, store="postgres", data_api=True),
    "data-api-index": replace(EVENTS, store="postgres", data_api=True, style="plain"),
    "data-api-mysql": replace(EVENTS, store="mysql", data_api=True),
    "dsql": replace(TICKETS, store="aurora-dsql", credentials="iam"),
    "sqlserver": replace(TICKETS, store="sqlserver"),
    "sqlserver-index": replace(EVENTS, store="sqlserver", style="plain"),
    "oracle": replace(TICKETS, store="oracle"),
    "oracle-index": replace(EVENTS, store="oracle", style="plain"),
    "mysql": replace(EVENTS, store="mysql"),
    "mysql-iam": replace(LONG_NAME, store="mysql", credentials="iam"),
}
# Those whose generated tests differ: each takes seconds, for imports alone.
OWN_TESTS = few(
    (
        "owner",
        "owner-plain",
        "http-api",
        "http-api-plain",
        "index",
        "parent",
        "cached-index",
        "custom-route",
        "groups-and-a-long-name",
        "no-store",
        "postgres",
        "data-api",
        "data-api-mysql",
        "dsql",
        "mysql-iam",
        "sqlserver",
        "oracle",
        "s3",
        "s3-read-only",
        "s3-parent",
        "s3-uploads",
    ),
    "owner",
    "postgres",
)


def both_kinds(folder: Path, case: Case) -> list[Path]:
    """The rendered functions of a case: the API's and, if its store has one, the migrations'."""
    kinds = ("api", "migrate") if case.relational else ("api",)
    return [write(folder, case, kind) for kind in kinds]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered")
    for name, case in CASES.items():
        both_kinds(folder / name, case)
    return folder


@pytest.mark.parametrize("name", CASES)
def test_code_is_tidy(everything: Path, name: str) -> None:
    assert untidy(*(everything / name / "functions").iterdir()) == ""


def test_code_is_python_of_the_oldest_runtime(everything: Path) -> None:
    for path in everything.rglob("*.py"):
        ast.parse(path.read_text(), str(path), feature_version=(3, 11))


@pytest.mark.parametrize("name", OWN_TESTS)
def test_its_own_tests_pass_offline(tmp_path: Path, name: str) -> None:
    for folder in both_kinds(tmp_path, CASES[name]):
        done = pytest_in(folder)
        assert done.returncode == 0, done.stdout


def test_its_own_tests_use_the_table_of_the_template(tmp_path: Path) -> None:
    """With another key in the template, the code no longer fits: its tests must say so."""
    template = """\
Resources:
  Tickets:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: KEY, AttributeType: S}, {AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: KEY, KeyType: HASH}, {AttributeName: id, KeyType: RANGE}]
      TableName: !Sub "${AWS::StackName}-tickets"
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Environment: {Variables: {TICKETS_TABLE_NAME: !Ref Tickets}}
      Role: !GetAtt Role.Arn
"""
    folder = write(tmp_path, TICKETS)
    for key, passes in (("owner", True), ("tenant", False)):
        (tmp_path / "template.yaml").write_text(template.replace("KEY", key))
        assert (pytest_in(folder, "-k", "create").returncode == 0) is passes


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_dependencies_are_pinned(case: Case) -> None:
    files = rendered(trees_of(case), context_of(case))
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in files[name].splitlines():
            assert line.startswith(("#", "--no-binary=")) or re.fullmatch(r"[\w.-]+(\[\w+\])?==[\d.]+", line)
    # Lambda has it, and has it fit its botocore: who brings another botocore brings both
    assert ("boto3" in re.sub("#.*", "", files["requirements.txt"])) is case.cached


def test_templates_are_more_text_than_logic() -> None:
    for path in TEMPLATES.rglob("*.py.j2"):
        if "tests" in path.parts:
            continue
        lines = path.read_text().splitlines()
        control = sum(line.lstrip().startswith("{%") and "include" not in line for line in lines)
        assert control <= len(lines) / 4 or len(lines) < 4, f"{path.relative_to(TEMPLATES)}: {control} of {len(lines)}"
