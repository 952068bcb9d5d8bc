"""Rendered front ends pass their own tests and build, whatever resources they show."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.front_ends import BUILT, SHAPES, page

pytestmark = pytest.mark.slow
EVERY = {name: said for shape in SHAPES.values() for name, said in shape.items()}


@pytest.fixture(scope="module", params=BUILT)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A framework, and a folder of one of its pages with what it imports."""
    folder = tmp_path_factory.mktemp(request.param)
    write(folder, page(request.param, SHAPES["owned"]))
    if not shutil.which("npm"):
        pytest.skip("npm is not installed, and no page can be built without it")
    done = npm(folder, "install", "--no-audit", "--no-fund")
    if done.returncode:
        pytest.skip(f"npm can't install what the page imports: {done.stderr.strip().splitlines()[-1:]}")
    return request.param, folder


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def npm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True)


def run(folder: Path, script: str) -> None:
    done = npm(folder, "run", script)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_page_passes_its_own_tests(project: tuple[str, Path]) -> None:
    run(project[1], "test")


@pytest.mark.parametrize("shown", [EVERY, SHAPES["read-only"]], ids=["every-shape", "read-only"])
def test_a_page_builds(project: tuple[str, Path], shown: dict[str, Any]) -> None:
    framework, folder = project
    write(folder, page(framework, shown))
    run(folder, "build")
    (built,) = (folder / "dist").rglob("index.html")
    scripts = [path.name for path in built.parent.rglob("*.js")]
    assert scripts
    assert all("-" in name for name in scripts), "what changes has to change its name"
