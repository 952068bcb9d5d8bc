"""The wheel carries everything: installed in an environment of its own, it renders what the checkout renders."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tierforge.pipeline import project

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel; its dependencies are those of this environment."""
    work = tmp_path_factory.mktemp("wheel")
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(work), str(ROOT)]
    subprocess.run([*PIP, *build], check=True)
    (wheel,) = work.glob("*.whl")
    environment = work / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    subprocess.run([*PIP, "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return environment / "bin"


def test_it_renders_the_same_project(installed: Path, tmp_path: Path) -> None:
    blueprint = ROOT / "blueprints" / "mobile-backend.yaml"
    run(installed, tmp_path, "render", "--no-lint", "--blueprint", str(blueprint), "--out", "out")
    for file in project(str(blueprint), linted=False).files:
        assert (tmp_path / "out" / file.path).read_text(encoding="utf-8") == file.text


def test_it_begins_a_project(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "new", "mobile-backend", "demo")
    run(installed, tmp_path, "validate", "--no-lint", "--blueprint", "demo/app.yaml")


def test_it_is_the_installed_one_that_runs(installed: Path, tmp_path: Path) -> None:
    script = "import tierforge; print(tierforge.__file__)"
    ran = subprocess.run(
        [installed / "python", "-c", script], cwd=tmp_path, env={}, capture_output=True, text=True, check=True
    )
    assert Path(ran.stdout.strip()).is_relative_to(installed.parent)


def run(installed: Path, folder: Path, *arguments: str) -> None:
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    subprocess.run([installed / "tierforge", *arguments], cwd=folder, env=environment, check=True)
