"""The commands as people and scripts meet them: what is written, what is said where, and the exit code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from jsonschema import Draft202012Validator

from support.catalog import CATALOG
from support.command import Command
from support.rendered import PATTERN_FILES, ROOT
from tierforge import __version__
from tierforge.blueprint.blueprint import Blueprint, validate
from tierforge.blueprint.schema import compose
from tierforge.blueprint.services import services
from tierforge.blueprint.source import load

SMALL = """\
name: box-office
pattern: mobile-backend
observability: {alarms: {email: ops@example.com}}
resources:
  tickets: {operations: [create, read], data_store: tickets, owner: true}
data_stores:
  tickets: {type: dynamodb}
"""
HANDLER = Path("functions/tickets/handler.py")


@pytest.fixture
def folder(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    assert own_home.is_dir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small(folder: Path) -> Path:
    """The current folder, with a small blueprint in it."""
    (folder / "app.yaml").write_text(SMALL)
    return folder


@pytest.fixture
def tierforge(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_a_process(*arguments: str, package: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """`tierforge` in a process of its own, its output in pipes."""
    environment = os.environ | {"PYTHONPATH": str(package / "src")} | variables
    command = [sys.executable, "-m", "tierforge", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


# --- new ---


def test_new_writes_a_blueprint_that_renders(folder: Path, tierforge: Command) -> None:
    made = tierforge("new", "mobile-backend", "box-office")
    assert (made.code, made.err) == (0, "")
    assert "tierforge render --blueprint box-office/app.yaml" in made.out
    blueprint = (folder / "box-office/app.yaml").read_text()
    assert yaml.safe_load(blueprint)["name"] == "box-office"
    assert blueprint.count("\n#") + blueprint.count(" # ") > 5, "it explains itself"
    rendered = tierforge("render", "--blueprint", "box-office/app.yaml", "--no-lint")
    assert rendered.code == 0
    assert (folder / "box-office/template.yaml").is_file()


@pytest.mark.parametrize("pattern", PATTERN_FILES)
def test_a_new_blueprint_is_that_of_its_pattern_with_comments(pattern: str, folder: Path, tierforge: Command) -> None:
    assert tierforge("new", pattern, "shop", "--runtime", "nodejs22.x").code == 0
    text = (folder / "shop/app.yaml").read_text("utf-8")
    assert text.count("\n#") + text.count(" # ") > 5, "it explains itself"
    both = zip(*(blueprints_of(path) for path in (folder / "shop/app.yaml", PATTERN_FILES[pattern])), strict=True)
    for made, shown in both:
        data = made.data
        assert (data["name"], data["runtime"], data["pattern"]) == ("shop", "nodejs22.x", shown.data["pattern"])
        for section in ("auth", "resources", "data_stores", "base_path", "calls"):
            assert data.get(section) == shown.data.get(section)


def blueprints_of(path: Path) -> list[Blueprint]:
    """The blueprint at `path`, or those of its services and of what they share."""
    source = load(str(path))
    parts = services(source, "", compose(CATALOG)).values()
    return [validate(each, CATALOG, cached=False) for each in parts or (source,)]


def test_editors_find_the_schema_beside_the_blueprint(folder: Path, tierforge: Command) -> None:
    tierforge("new", "mobile-backend", "shop")
    text = (folder / "shop/app.yaml").read_text()
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.splitlines()[0])
    assert named
    schema = json.loads((folder / "shop" / named[1]).read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(yaml.safe_load(text))) == []
    wrong = yaml.safe_load(text.replace("operations: [list, read]", "operations: [lists, read]", 1))
    assert list(validator.iter_errors(wrong))


def test_the_published_schema_takes_every_blueprint_of_the_repository(tierforge: Command) -> None:
    printed = tierforge("schema")
    assert (printed.code, printed.err) == (0, "")
    validator = Draft202012Validator(json.loads(printed.out))
    for path in [*ROOT.glob("blueprints/*.yaml"), *ROOT.glob("tests/blueprints/*.yaml")]:
        assert list(validator.iter_errors(load(str(path)).data)) == [], path.name


def test_new_never_overwrites(small: Path, tierforge: Command) -> None:
    before = contents(small)
    refused = tierforge("new", "mobile-backend")
    assert (refused.code, refused.out) == (2, "")
    assert "app.yaml exists already" in refused.err
    assert contents(small) == before


def test_new_takes_a_name_and_a_runtime(folder: Path, tierforge: Command) -> None:
    assert tierforge("new", "mobile-backend", "a", "--name", "shop", "--runtime", "python3.13").code == 0
    said = yaml.safe_load((folder / "a/app.yaml").read_text())
    assert (said["name"], said["runtime"]) == ("shop", "python3.13")


@pytest.mark.parametrize(
    ("name", "proposed"),
    [("Box Office!", "box-office"), ("2nd-shop", "nd-shop"), ("x", "my-app"), ("ümlaut", "mlaut")],
)
def test_the_folders_name_is_made_valid(folder: Path, tierforge: Command, name: str, proposed: str) -> None:
    assert tierforge("new", "mobile-backend", name).code == 0
    assert yaml.safe_load((folder / name / "app.yaml").read_text())["name"] == proposed


@pytest.mark.parametrize(
    "arguments",
    [
        ["mobile-backends"],
        ["mobile-backend", "a", "--name", "No_Name"],
        ["mobile-backend", "a", "--runtime", "cobol"],
        ["mobile-backend", "a", "--from", "nowhere.yaml"],
    ],
)
def test_new_refuses_what_it_does_not_know(folder: Path, tierforge: Command, arguments: list[str]) -> None:
    refused = tierforge("new", *arguments)
    assert refused.code == 2
    assert refused.err.startswith("error: ")
    assert "hint: " in refused.err
    assert not list(folder.rglob("app.yaml"))


def test_from_copies_an_application_under_a_new_name(small: Path, tierforge: Command) -> None:
    assert tierforge("new", "mobile-backend", "copy", "--from", "app.yaml", "--name", "theatre").code == 0
    assert (small / "copy/app.yaml").read_text() == SMALL.replace("box-office", "theatre")


def test_interactive_asks_and_takes_the_answers(folder: Path) -> None:
    command = [sys.executable, "-m", "tierforge", "new", "mobile-backend", "shop", "--interactive"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    asked = subprocess.run(
        command, input="book-shop\npython3.12\n", env=environment, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stderr
    said = yaml.safe_load((folder / "shop/app.yaml").read_text())
    assert (said["name"], said["runtime"]) == ("book-shop", "python3.12")


# --- render ---


def test_rendering_twice_changes_no_byte(small: Path, tierforge: Command) -> None:
    assert tierforge("render", "--no-lint").code == 0
    once = contents(small)
    assert tierforge("render", "--no-lint").code == 0
    assert contents(small) == once


def test_render_lints(small: Path, tierforge: Command) -> None:
    (small / "app.yaml").write_text(SMALL + "overrides: {TicketsTable: {Properties: {BillingMode: FREE}}}\n")
    refused = tierforge("render")
    assert refused.code == 1
    assert re.match(r"app\.yaml:8:13: error: .*\[E3030\]\n", refused.err)
    assert not (small / "template.yaml").exists()
    assert tierforge("render", "--no-lint").code == 0


def test_out_says_where_to(small: Path, tierforge: Command) -> None:
    assert tierforge("render", "--no-lint", "--out", "deep/er").code == 0
    assert (small / "deep/er/template.yaml").is_file()
    assert not (small / "template.yaml").exists()


def test_an_edited_handler_is_kept(small: Path, tierforge: Command) -> None:
    tierforge("render", "--no-lint")
    (small / HANDLER).write_text("mine = True\n")
    assert tierforge("render", "--no-lint").code == 0
    assert (small / HANDLER).read_text() == "mine = True\n"
    assert not (small / f"{HANDLER}.new").exists()


def test_a_newer_skeleton_comes_beside_the_edited_handler(small: Path, tierforge: Command) -> None:
    tierforge("render", "--no-lint")
    (small / HANDLER).write_text("mine = True\n")
    (small / "app.yaml").write_text(SMALL.replace("create, read", "create, read, delete"))
    told = tierforge("render", "--no-lint")
    assert told.code == 0
    assert (small / HANDLER).read_text() == "mine = True\n"
    assert "delete" in (small / f"{HANDLER}.new").read_text().lower()
    assert f"{HANDLER}.new" in told.err


def test_a_deleted_handler_stays_deleted(small: Path, tierforge: Command) -> None:
    tierforge("render", "--no-lint")
    (small / HANDLER).unlink()
    assert tierforge("render", "--no-lint").code == 0
    assert not (small / HANDLER).exists()


def test_check_tells_what_is_stale_and_writes_nothing(small: Path, tierforge: Command) -> None:
    tierforge("render", "--no-lint")
    fresh = tierforge("render", "--check", "--no-lint")
    assert (fresh.code, fresh.err) == (0, "")
    (small / "app.yaml").write_text(SMALL.replace("operations: [create, read]", "operations: [read]"))
    before = contents(small)
    stale = tierforge("render", "--check", "--no-lint")
    assert (stale.code, stale.out) == (1, "")
    assert "template.yaml: stale" in stale.err
    assert "tierforge render" in stale.err
    assert contents(small) == before


def test_a_template_edited_by_hand_is_not_overwritten_in_silence(small: Path, tierforge: Command) -> None:
    tierforge("render", "--no-lint")
    template = small / "template.yaml"
    generated = template.read_text()
    template.write_text(generated.replace("PAY_PER_REQUEST", "PROVISIONED"))
    refused = tierforge("render", "--no-lint")
    assert (refused.code, refused.out) == (1, "")
    assert re.search(r"^-\s+BillingMode: PAY_PER_REQUEST$", refused.err, re.MULTILINE)
    assert re.search(r"^\+\s+BillingMode: PROVISIONED$", refused.err, re.MULTILINE)
    assert "overrides:" in refused.err
    assert "PROVISIONED" in template.read_text()
    assert tierforge("render", "--no-lint", "--force").code == 0
    assert template.read_text() == generated


def test_json_says_what_yaml_says(small: Path, tierforge: Command) -> None:
    from cfnlint.decode.decode import decode_str

    assert tierforge("render", "--no-lint", "--out", "y").code == 0
    assert tierforge("render", "--no-lint", "--out", "j", "--format", "json").code == 0
    text, faults = decode_str((small / "y/template.yaml").read_text())
    assert not faults
    assert json.loads((small / "j/template.json").read_text()) == text
    assert not (small / "j/template.yaml").exists()


def test_changing_the_format_leaves_one_template(small: Path, tierforge: Command) -> None:
    tierforge("render", "--no-lint")
    tierforge("render", "--no-lint", "--format", "json")
    assert [path.name for path in small.glob("template.*")] == ["template.json"]


def test_stacks_that_nothing_deploys_any_more_are_told(small: Path, tierforge: Command) -> None:
    """That of a page that goes, in us-east-1, the one before there were environments, and that of one that goes."""

    def told(more: str, *options: str) -> list[str]:
        (small / "app.yaml").write_text(SMALL + more)
        rendered = tierforge("render", "--no-lint", *options)
        assert rendered.code == 0
        return re.findall(
            r"^(\S+): is no part of .*: aws cloudformation delete-stack --stack-name (.*)$", rendered.err, re.M
        )

    page = "presentation: {hosting: s3-cloudfront}\n"
    both, one = "environments: {dev: {profile: dev}, prod: {}}\n", "environments: {prod: {}}\n"
    assert told(page) == []
    assert told("") == [("edge/template.yaml", "box-office-edge --region us-east-1")]
    assert told(both) == [("template.yaml", "box-office")]
    assert told(both, "--format", "json") == []
    assert told(one, "--format", "json") == [("environments/dev/template.json", "box-office-dev")]


def test_the_summary_says_what_is_used_and_what_it_costs(small: Path, tierforge: Command) -> None:
    said = tierforge("render", "--no-lint").out
    assert re.search(r"resources \d+ of 500", said)
    assert re.search(r"USD a month", said)


# --- validate ---


def test_a_valid_blueprint_is_said_to_be(small: Path, tierforge: Command) -> None:
    before = contents(small)
    answer = tierforge("validate")
    assert (answer.code, answer.out, answer.err) == (0, "app.yaml is valid\n", "")
    assert contents(small) == before


def test_faults_come_as_json_for_programs(small: Path, tierforge: Command) -> None:
    (small / "app.yaml").write_text(SMALL.replace("operations", "operation") + "profil: dev\n")
    answer = tierforge("validate", "--format", "json")
    assert (answer.code, answer.err) == (1, "")
    found: list[dict[str, Any]] = json.loads(answer.out)
    assert [(f["path"], f["line"], f["column"], f["severity"], f["message"]) for f in found] == [
        ("app.yaml", 5, 13, "error", "unknown key 'operation'"),
        ("app.yaml", 8, 1, "error", "unknown key 'profil'"),
    ]
    assert {frozenset(f) for f in found} == {
        frozenset({"path", "line", "column", "severity", "code", "message", "hint", "related"})
    }


def test_warnings_do_not_fail(small: Path, tierforge: Command) -> None:
    (small / "app.yaml").write_text(SMALL.replace(", owner: true", ""))
    answer = tierforge("validate", "--no-lint")
    assert (answer.code, answer.out) == (0, "app.yaml is valid\n")
    assert ": warning: any signed-in user can change any item" in answer.err


# --- components, and all commands ---


def test_components_lists_every_folder(tierforge: Command) -> None:
    answer = tierforge("components")
    assert answer.code == 0
    for file in ROOT.glob("templates/*/*/component.yaml"):
        if "\nabstract: true" in file.read_text(encoding="utf-8"):
            assert not re.search(rf"^  {file.parts[-2]} ", answer.out, re.MULTILINE)
            continue
        assert re.search(rf"^{file.parts[-3]}:$", answer.out, re.MULTILINE)
        assert re.search(rf"^  {file.parts[-2]} ", answer.out, re.MULTILINE)


@pytest.mark.parametrize("kind", ["data-store", "data-stores", "Data_Store"])
def test_components_of_a_kind_come_with_their_options(tierforge: Command, kind: str) -> None:
    answer = tierforge("components", kind)
    assert answer.code == 0
    assert re.search(r"^ +backup_days: .*\(default: 35\)$", answer.out, re.MULTILINE)
    assert "lambda-authorizer" not in answer.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["schema"], 0),
        (["validate", "--no-lint"], 0),
        (["components", "nonsense"], 2),
        (["nonsense"], 2),
        (["render", "--nonsense"], 2),
        (["render", "--format", "xml"], 2),
        (["render", "--blueprint", "nowhere.yaml"], 2),
        (["validate", "--blueprint", "."], 2),
        (["new"], 2),
    ],
)
@pytest.mark.usefixtures("small")
def test_exit_codes(tierforge: Command, arguments: list[str], code: int) -> None:
    answer = tierforge(*arguments)
    assert answer.code == code
    assert (answer.err == "") == (code == 0), "what is wrong is said on stderr, what was asked for on stdout"
    assert (answer.out == "") == (code != 0)


def test_the_version(tierforge: Command) -> None:
    assert tierforge("--version").out == f"tierforge {__version__}\n"


def test_every_command_has_an_example(tierforge: Command) -> None:
    from tierforge.cli import app

    group = typer.main.get_command(app)
    names = list(group.commands)  # type: ignore[attr-defined]
    assert {"new", "render", "validate", "package", "components", "schema"} <= set(names)
    for name in names:
        assert f"Example: tierforge {name}" in tierforge(name, "--help").out


@pytest.mark.parametrize("command", [["render", "--no-lint"], ["validate", "--no-lint"]])
def test_quiet_says_nothing_when_nothing_is_wrong(small: Path, tierforge: Command, command: list[str]) -> None:
    answer = tierforge(*command, "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert small.is_dir()


def test_new_can_be_quiet(folder: Path, tierforge: Command) -> None:
    assert tierforge("new", "mobile-backend", "a", "--quiet").out == ""
    assert (folder / "a/app.yaml").is_file()


def test_there_is_no_colour_in_a_pipe(small: Path) -> None:
    (small / "app.yaml").write_text(SMALL.replace("operations", "operation"))
    for arguments in (["validate"], ["nonsense"], ["--help"]):
        answer = in_a_process(*arguments, TERM="xterm-256color")
        assert "\x1b" not in answer.stdout + answer.stderr


def test_a_fault_of_ours_is_said_to_be_one(small: Path, tmp_path: Path) -> None:
    """Exit code 3 and what to report, no traceback; TIERFORGE_DEBUG shows it to whoever mends it."""
    broken = tmp_path / "checkout"
    for name in ("src", "templates"):
        shutil.copytree(ROOT / name, broken / name, ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "templates/data-store/dynamodb/resources.yaml.j2").write_text("{{ nothing.of.that.name }}\n")
    told = in_a_process("validate", "--no-lint", "--no-cache", package=broken)
    assert told.returncode == 3
    assert told.stderr.startswith(
        "error: tierforge itself is at fault: templates/data-store/dynamodb/resources.yaml.j2"
    )
    assert "please report it" in told.stderr
    assert "Traceback" not in told.stderr
    assert told.stdout == ""
    assert small.is_dir()


def test_a_reader_that_has_seen_enough_is_no_fault(folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = f"{sys.executable} -m tierforge schema | head -1"
    seen = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert seen.stdout == "{\n"
    assert seen.stderr == ""
    assert folder.is_dir()
