"""What the project says of itself is true: commands are run, files exist, lists are complete.

`pytest --update-golden` writes what the README's commands print into the README.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import tierforge
from support.catalog import CATALOG
from tierforge.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
MARKED = re.compile(r"<!-- (run|file|same as): (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def marked(kind: str) -> dict[str, str]:
    """The README's blocks of a kind, by what their mark names."""
    return {name: text for found, name, text in MARKED.findall(read("README.md")) if found == kind}


def commands(name: str) -> list[list[str]]:
    return [shlex.split(line) for line in marked("run")[name].splitlines()]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with the README's files in it, and an environment in which `tierforge` is a command."""
    folder = tmp_path_factory.mktemp("readme")
    for name, text in marked("file").items():
        (folder / name).write_text(text, encoding="utf-8")
    programs = tmp_path_factory.mktemp("programs")
    program = programs / "tierforge"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tierforge "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return folder, {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "src")}


def test_commands_print_what_the_readme_shows(
    shell: tuple[Path, dict[str, str]], request: pytest.FixtureRequest
) -> None:
    folder, environment = shell

    def session(block: re.Match[str]) -> str:
        lines = [line for line in block[1].splitlines(keepends=True) if line.startswith("$ ")]
        printed = [
            line
            + subprocess.run(
                ["sh", "-c", line[2:]],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            ).stdout
            for line in lines
        ]
        return f"```console\n{''.join(printed)}```"

    text = read("README.md")
    actual = CONSOLE.sub(session, text)
    if request.config.getoption("--update-golden", default=False):
        README.write_text(actual, encoding="utf-8", newline="\n")
    else:
        assert actual == text
    assert (folder / "box-office" / "template.yaml").is_file()


def test_first_command_block_renders_the_blueprint(shell: tuple[Path, dict[str, str]]) -> None:
    """Its environment and installation are made by the test of the wheel; the rest runs here."""
    folder, environment = shell
    make, install, render = commands("render")
    assert make == ["python3", "-m", "venv", ".venv"]
    assert install == [".venv/bin/pip", "install", "--quiet", "."]
    assert render[0] == ".venv/bin/tierforge"
    out = folder / render[-1]
    ran = subprocess.run(
        ["tierforge", *render[1:-1], str(out), "--no-lint"], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert b"written" in ran.stdout
    assert (out / "template.yaml").is_file()


def test_second_command_block_is_what_ci_runs() -> None:
    make, install, test = commands("tests")
    assert make == ["python3", "-m", "venv", ".venv"]
    assert install == [".venv/bin/pip", "install", "--quiet", ".[test]"]
    assert test == [".venv/bin/python", "-m", "pytest"]
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "<!-- run: tests -->" in script.read_text(encoding="utf-8")


def test_the_blueprint_shown_is_the_one_rendered() -> None:
    ((name, text),) = marked("same as").items()
    assert text == read(name)
    assert name in commands("render")[2]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        page = ROOT / name if name else document
        assert page.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_modules_of_the_pipeline_exist() -> None:
    table = section("README.md", "How it works")
    modules = re.findall(r"`([a-z_/]+\.py)`", table)
    assert len(modules) > 8
    for module in modules:
        assert (ROOT / "src" / "tierforge" / module).is_file(), module


def test_every_command_is_told_of() -> None:
    """A command that the README leaves out is found by `--help` only."""
    text = read("README.md")
    names = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert len(names) > 5
    for name in names:
        assert f"tierforge {name}" in text, name


def test_keys_of_components_are_explained() -> None:
    """The table has the keys that the code reads; other keys are read by the component's own templates."""
    told = set(re.findall(r"^\| `([\w-]+)` \|", section("CONTRIBUTING.md", "Keys of component.yaml"), re.MULTILINE))
    code = [path for folder in ("src", "tools") for path in (ROOT / folder).rglob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in code)
    components = list(CATALOG.all())
    used = {key for component in components for key in component.data}
    assert told <= used, "told of, and no component has it"
    for key in told:
        assert re.search(rf"""["']{key}["']""", source), f"{key} is told of, and the code doesn't read it"
    for component in components:
        own = "\n".join(
            (Path(component.root).parents[1] / component.template(file)).read_text(encoding="utf-8")
            for file in component.files
            if file.endswith(".j2")
        )
        for key in set(component.data) - told:
            assert f"component.data.{key}" in own, f"{component}: nobody reads {key}"


def test_keys_that_the_code_reads_are_told() -> None:
    table = section("CONTRIBUTING.md", "Keys of component.yaml")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    read_here = re.findall(r"""(?:component|family|runtime|part)\.data(?:\.get\(|\[)["'](\w+)["']""", source)
    assert len(set(read_here)) > 10
    for key in read_here:
        assert f"| `{key}` |" in table, key


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    told = {name for document in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)`", document.read_text("utf-8"))}
    assert told >= {"check", "check-all", "golden", "bench"}
    assert told <= targets


def test_changelog_has_this_version() -> None:
    assert f"## [{tierforge.__version__}]" in read("CHANGELOG.md")
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] == tierforge.__version__


def test_benchmark_is_in_the_readme() -> None:
    told = section("README.md", "How fast")
    assert "python benchmarks/run.py" in told
    for row in ("`python -c pass`", "imports", "`tierforge --help`", "render without lint", "cfn-lint"):
        assert f"| {row} |" in told
    assert "missed" not in told


def test_hooks_call_commands_that_exist(shell: tuple[Path, dict[str, str]]) -> None:
    folder, environment = shell
    hooks = yaml.safe_load(read(".pre-commit-hooks.yaml"))
    assert {hook["id"] for hook in hooks} == set(re.findall(r"- id: ([\w-]+)", read("README.md")))
    project = folder / "hooked"
    project.mkdir()
    (project / "app.yaml").write_text(read("blueprints/mobile-backend.yaml"), encoding="utf-8")

    def run(command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*shlex.split(command), "--no-lint"], cwd=project, env=environment, capture_output=True, check=False
        )

    entries = {hook["id"]: hook["entry"] for hook in hooks}
    assert run(entries["tierforge-validate"]).returncode == 0
    assert run(entries["tierforge-render-check"]).returncode == 1  # nothing is rendered yet
    assert run("tierforge render --quiet").returncode == 0
    assert run(entries["tierforge-render-check"]).returncode == 0


def section(document: str, heading: str) -> str:
    """The text below a heading, up to the next of its rank or higher."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", read(document), re.MULTILINE | re.DOTALL)
    assert found, f"{document} has no section {heading!r}"
    return found[2]
