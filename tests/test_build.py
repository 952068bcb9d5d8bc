"""Packages: for Lambda's platform whatever machine builds them, and the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.catalog import CATALOG
from tierforge.diagnostics import FaultError
from tierforge.package.build import UNZIPPED_LIMIT, Artifact, Package, build, object_key

RECIPE = CATALOG.get("runtime", "python").data["build"]
ELF_MACHINE = {"arm64": 0xB7, "x86_64": 0x3E}  # e_machine: EM_AARCH64, EM_X86_64
REQUIREMENTS = "# pinned\naws-lambda-powertools==3.37.0\npsycopg[binary]==3.3.9\n"


def package(**changes: Any) -> Package:
    plain = Package("tickets", "functions/tickets", (), "python3.14", "arm64", RECIPE)
    return replace(plain, **changes)


def write(project: Path, files: dict[str, str]) -> Path:
    """`project`, with `files` in the folder of the function tickets."""
    for name, text in files.items():
        path = project / "functions/tickets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return project


def build_one(project: Path, out: Path | None = None, **changes: Any) -> Artifact:
    (artifact,) = build([package(**changes)], project, out or project / "build", lambda _: None)
    return artifact


def names(artifact: Artifact) -> set[str]:
    with zipfile.ZipFile(artifact.path) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="session")
def with_dependencies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Artifact, list[str]]:
    """A project whose function has dependencies, its build and what the build told."""
    project = write(tmp_path_factory.mktemp("project"), {"handler.py": "", "requirements.txt": REQUIREMENTS})
    told: list[str] = []
    (artifact,) = build([package()], project, project / "build", told.append)
    return project, artifact, told


@pytest.fixture
def project(tmp_path: Path) -> Path:
    code = "def handler(event, context): ...\n"
    return write(tmp_path, {"handler.py": code, "requirements.txt": "# none\n"})


def test_dependencies_are_for_lambda_not_for_this_machine(
    with_dependencies: tuple[Path, Artifact, list[str]],
) -> None:
    _, artifact, _ = with_dependencies
    with zipfile.ZipFile(artifact.path) as archive:
        libraries = [name for name in archive.namelist() if ".so" in Path(name).name]
        assert any("cpython-314-aarch64" in name for name in libraries)
        for name in libraries:
            head = archive.read(name)[:20]
            assert head[:4] == b"\x7fELF"
            assert struct.unpack_from("<H", head, 18)[0] == ELF_MACHINE["arm64"], name


def test_dependencies_leave_nothing_of_this_machine(
    with_dependencies: tuple[Path, Artifact, list[str]],
) -> None:
    project, artifact, _ = with_dependencies
    found = names(artifact)
    assert {"handler.py", "aws_lambda_powertools/__init__.py", "psycopg/__init__.py"} <= found
    assert "psycopg-3.3.9.dist-info/METADATA" in found  # importlib.metadata reads it
    assert not [name for name in found if name.startswith("bin/") or name.endswith(".pyc")]
    assert not [name for name in found if name.endswith(("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"))]
    with zipfile.ZipFile(artifact.path) as archive:
        assert not [name for name in found if str(project).encode() in archive.read(name)]


def test_unchanged_dependencies_are_not_installed_again(
    with_dependencies: tuple[Path, Artifact, list[str]],
) -> None:
    project, first, told = with_dependencies
    before = first.path.read_bytes()
    again: list[str] = []
    (second,) = build([package()], project, project / "build", again.append)
    assert [line for line in told if "installing" in line] == [
        "tickets: installing dependencies for python3.14 on arm64"
    ]
    assert not [line for line in again if "installing" in line]
    assert second == first
    assert second.path.read_bytes() == before


def test_another_machine_gives_the_same_bytes(
    with_dependencies: tuple[Path, Artifact, list[str]], tmp_path: Path
) -> None:
    _, first, _ = with_dependencies
    old = os.umask(0o077)
    try:
        elsewhere = write(tmp_path / "else" / "where", {"requirements.txt": REQUIREMENTS, "handler.py": ""})
        os.utime(elsewhere / "functions/tickets/handler.py", (0, 0))
        second = build_one(elsewhere, tmp_path / "out")
    finally:
        os.umask(old)
    assert second.sha256 == first.sha256
    assert second.path.read_bytes() == first.path.read_bytes()


def test_the_order_in_which_files_were_made_does_not_matter(tmp_path: Path) -> None:
    files = {"b.py": "b", "a/c.py": "c", "a.py": "a", "é.py": "é"}
    one = build_one(write(tmp_path / "one", files))
    two = build_one(write(tmp_path / "two", dict(reversed(files.items()))))
    assert one.path.read_bytes() == two.path.read_bytes()
    with zipfile.ZipFile(one.path) as archive:
        assert archive.namelist() == ["a.py", "a/c.py", "b.py", "é.py"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_name_is_the_content(project: Path) -> None:
    first = build_one(project)
    assert object_key("box-office", first) == f"box-office/tickets/{first.sha256[:32]}.zip"
    assert (first.size, first.unzipped) == (first.path.stat().st_size, 33)
    write(project, {"handler.py": "def handler(event, context): return 1\n"})
    second = build_one(project)
    assert second.sha256 != first.sha256
    assert list(second.path.parent.iterdir()) == [second.path]  # the stale one is gone


def test_modes_are_two(project: Path) -> None:
    write(project, {"run.sh": "#!/bin/sh\n", "data.json": "{}"})
    (project / "functions/tickets/run.sh").chmod(0o700)
    (project / "functions/tickets/data.json").chmod(0o600)
    with zipfile.ZipFile(build_one(project).path) as archive:
        modes = {info.filename: stat.S_IMODE(info.external_attr >> 16) for info in archive.infolist()}
    assert modes == {"run.sh": 0o755, "data.json": 0o644, "handler.py": 0o644}


def test_tests_and_traces_stay_out(project: Path) -> None:
    kept = ["handler.py", "global-bundle.pem", "lib/__init__.py"]
    left = ["tests/test_handler.py", "requirements-dev.txt", "handler.py.new", ".pytest_cache/x", "a.pyc"]
    left += ["lib/__pycache__/x.cpython-314.pyc", "lib/tests/test_lib.py", ".venv/bin/python"]
    write(project, dict.fromkeys([*kept, *left], ""))
    assert names(build_one(project)) == set(kept)


def test_folders_are_included(project: Path) -> None:
    (project / "migrations/info").mkdir(parents=True)
    (project / "migrations/info/0001_init.sql").write_text("create table info ();")
    built = build_one(project, includes=(("migrations/info", "migrations"),))
    assert names(built) == {"handler.py", "migrations/0001_init.sql"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"folder": "functions/shows"}, "functions/shows: there is no such folder"),
        ({"includes": (("migrations/info", "migrations"),)}, "migrations/info: there is no such folder"),
        ({"includes": (("other", ""),)}, "two files would be handler.py in the package"),
    ],
)
def test_a_project_that_is_not_whole(project: Path, changes: dict[str, Any], message: str) -> None:
    (project / "other").mkdir()
    (project / "other/handler.py").write_text("another")
    with pytest.raises(FaultError, match=message):
        build_one(project, **changes)


def test_links_inside_are_followed(project: Path) -> None:
    write(project, {"lib/a.py": "a"})
    (project / "functions/tickets/alias.py").symlink_to("lib/a.py")
    (project / "functions/tickets/same").symlink_to("lib")
    artifact = build_one(project)
    assert names(artifact) == {"handler.py", "lib/a.py", "alias.py", "same/a.py"}
    with zipfile.ZipFile(artifact.path) as archive:
        assert archive.read("alias.py") == b"a"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("../../secret", "leads out of the function's folder"),
        ("/etc/hostname", "leads out of the function's folder"),
        ("..", "leads out of the function's folder"),
        ("nowhere", "leads nowhere"),
        ("link", "leads nowhere"),
        (".", "points to a folder that holds it"),
    ],
)
def test_other_links_are_refused(project: Path, target: str, message: str) -> None:
    (project / "secret").write_text("s")
    (project / "functions/tickets/link").symlink_to(target)
    with pytest.raises(FaultError, match=message):
        build_one(project)


def test_what_is_no_file_is_refused(project: Path) -> None:
    os.mkfifo(project / "functions/tickets/pipe")
    with pytest.raises(FaultError, match="neither a file nor a folder"):
        build_one(project)


def test_what_lambda_would_refuse_is_refused_here(project: Path) -> None:
    with (project / "functions/tickets/model.bin").open("wb") as model:
        model.truncate(UNZIPPED_LIMIT + 50 * 1024 * 1024)  # sparse: takes no room
    with pytest.raises(FaultError, match=r"300\.0 MB unzipped, Lambda takes 250\.0 MB") as raised:
        build_one(project)
    assert "model.bin 300.0 MB" in raised.value.hint


def test_a_dependency_without_a_wheel(project: Path) -> None:
    write(project, {"requirements.txt": "psycopg-binary==0.0.1\n"})
    with pytest.raises(FaultError) as raised:
        build_one(project)
    message = str(raised.value)
    assert "requirements.txt: the dependencies of tickets can't be installed for python3.14 on arm64" in message
    assert "No matching distribution found for psycopg-binary==0.0.1" in message
    assert "Traceback" not in message
    assert "only wheels for Linux on aarch64 and Python 3.14" in raised.value.hint
    assert not list((project / "build/.cache").iterdir())  # nothing half installed


def test_a_wheel_for_a_newer_c_library_than_the_runtime_has(project: Path) -> None:
    """python3.11 runs on Amazon Linux 2 (glibc 2.26): this wheel (2.27) would fail at the first import."""
    write(project, {"requirements.txt": "psycopg-binary==3.3.9\n"})
    with pytest.raises(FaultError, match="No matching distribution found"):
        build_one(project, runtime="python3.11")


def test_a_line_that_pip_does_not_understand(project: Path) -> None:
    write(project, {"requirements.txt": "not a requirement\n"})
    with pytest.raises(FaultError, match="Invalid requirement") as raised:
        build_one(project)
    assert "one requirement a line" in raised.value.hint


def test_an_environment_without_pip(project: Path) -> None:
    write(project, {"requirements.txt": "jmespath==1.1.0\n"})
    recipe = {**RECIPE, "probe": ["{python}", "-S", "-c", "import pip"]}
    with pytest.raises(FaultError, match=r"pip is not installed for \S+python") as raised:
        build_one(project, recipe=recipe)
    assert "uv pip install pip" in raised.value.hint


def test_what_pip_left_out_for_this_python_is_found(project: Path) -> None:
    """pip reads markers for the Python it runs on (pypa/pip#11664)."""
    write(project, {"requirements.txt": 'jmespath==1.1.0\nlacking==1; platform_machine == "aarch64"\n'})
    if os.uname().machine == "aarch64":
        pytest.skip("pip reads the marker as Lambda does on this machine")
    with pytest.raises(FaultError, match=r'requirements\.txt needs lacking==1; platform_machine == "aarch64"'):
        build_one(project)


def test_dependencies_on_this_disk_are_never_taken_from_the_cache(project: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    told: list[str] = []
    for text in ("one", "two"):
        shutil.rmtree(wheels, ignore_errors=True)
        write(project, {"requirements.txt": f"{wheel(wheels, text)}\n"})
        (artifact,) = build([package()], project, project / "build", told.append)
        with zipfile.ZipFile(artifact.path) as archive:
            assert archive.read("local.py").decode() == text
    assert sum("installing" in line for line in told) == 2


def wheel(folder: Path, text: str) -> Path:
    """A wheel, always of the same name, with the module `local` that holds `text`."""
    folder.mkdir()
    path = folder / "local-1-py3-none-any.whl"
    info = "local-1.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("local.py", text)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: local\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def test_the_digest_is_of_the_content_not_of_the_compression(project: Path) -> None:
    artifact = build_one(project)
    seen = hashlib.sha256()
    with zipfile.ZipFile(artifact.path) as archive:
        for info in archive.infolist():
            content, name = archive.read(info), info.filename.encode()
            seen.update(b"%d:%b:0:%d:%b" % (len(name), name, len(content), content))
    assert artifact.sha256 == seen.hexdigest()
