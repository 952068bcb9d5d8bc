"""The wheel carries everything: installed in an environment of its own, it renders what the checkout renders."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tierforge.pipeline import project

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("wheel")
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(work), str(ROOT)]
    subprocess.run([*PIP, *build], check=True)
    (built,) = work.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The `bin` folder of an environment with the wheel; its dependencies are those of this environment."""
    environment = wheel.parent / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    subprocess.run([*PIP, "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return environment / "bin"


def test_it_carries_what_it_needs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = files(ROOT / "src" / "tierforge") | files(ROOT / "templates") | files(ROOT / "blueprints")
    assert carried == sources


def test_it_renders_the_same_project(installed: Path, tmp_path: Path) -> None:
    blueprint = ROOT / "blueprints" / "mobile-backend.yaml"
    run(installed, tmp_path, "render", "--no-lint", "--blueprint", str(blueprint), "--out", "out")
    for file in project(str(blueprint), linted=False).files:
        assert (tmp_path / "out" / file.path).read_text(encoding="utf-8") == file.text


def test_it_begins_a_project(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "new", "mobile-backend", "demo")
    run(installed, tmp_path, "validate", "--no-lint", "--blueprint", "demo/app.yaml")


def files(folder: Path) -> set[str]:
    """The files of a folder as they are named in the wheel: all below the package."""
    place = "tierforge" if folder.name == "tierforge" else f"tierforge/{folder.name}"
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {f"{place}/{path.as_posix()}" for path in found if "__pycache__" not in path.parts}


@pytest.mark.slow
def test_a_fresh_environment_gets_what_it_needs_and_renders(wheel: Path, tmp_path: Path) -> None:
    """With dependencies of its own, as pip finds them; an empty home, no variable of AWS's, the real linter."""
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    python = str(environment / "bin" / "python")
    subprocess.run([*PIP, "--python", python, "install", "--quiet", str(wheel)], check=True)
    bin_folder = environment / "bin"
    assert run(bin_folder, tmp_path, "--version").startswith("tierforge ")
    run(bin_folder, tmp_path, "new", "mobile-backend", "demo")
    run(bin_folder, tmp_path, "render", "--blueprint", "demo/app.yaml")
    assert run(bin_folder, tmp_path, "validate", "--blueprint", "demo/app.yaml") == "demo/app.yaml is valid\n"


def test_it_is_the_installed_one_that_runs(installed: Path, tmp_path: Path) -> None:
    script = "import tierforge; print(tierforge.__file__)"
    ran = subprocess.run(
        [installed / "python", "-c", script], cwd=tmp_path, env={}, capture_output=True, text=True, check=True
    )
    assert Path(ran.stdout.strip()).is_relative_to(installed.parent)


def run(bin_folder: Path, folder: Path, *arguments: str) -> str:
    """What the installed command prints, run in `folder` with nothing else in its environment."""
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    command = [bin_folder / "tierforge", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
