"""Commands load what they need and no more: what a library costs at start is paid by every run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = """
import sys
from tierforge.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""
SLOW = {"pydantic", "rich", "cfnlint", "sympy", "jsonpatch"}
RENDER = ("render", "--blueprint", str(ROOT / "blueprints" / "mobile-backend.yaml"), "--no-lint", "--out")


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (("--help",), SLOW | {"yaml", "jinja2", "jsonschema"}),
        (("schema",), SLOW | {"jinja2", "jsonschema"}),
        (RENDER, SLOW),
    ],
    ids=["help", "schema", "render"],
)
def test_a_command_leaves_alone_what_it_does_not_use(
    arguments: tuple[str, ...], unwanted: set[str], tmp_path: Path
) -> None:
    said = [*arguments, str(tmp_path / "out")] if arguments == RENDER else list(arguments)
    loaded = modules_of(said, tmp_path)
    assert "tierforge.cli" in loaded
    assert not loaded & unwanted


def test_a_blueprint_that_was_found_valid_is_not_validated_again(tmp_path: Path) -> None:
    render = [*RENDER, str(tmp_path / "out")]
    assert "jsonschema" in modules_of(render, tmp_path)
    assert "jsonschema" not in modules_of(render, tmp_path)
    assert "jsonschema" in modules_of([*render, "--no-cache"], tmp_path)
    for entry in (tmp_path / ".cache" / "tierforge" / "valid").iterdir():
        entry.write_text("{")
    assert "jsonschema" in modules_of(render, tmp_path)


def modules_of(arguments: list[str], home: Path) -> set[str]:
    """What a command that succeeds has loaded when it ends."""
    environment = {"PYTHONPATH": str(ROOT / "src"), "HOME": str(home)}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(ran.stderr.split())
