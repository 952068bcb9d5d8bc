"""Packages of Node.js functions: npm installs for Lambda's platform, and the same bytes every time."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from support.catalog import CATALOG
from support.nodejs import NODE
from tierforge.diagnostics import FaultError
from tierforge.package.build import Artifact, Package, build

RECIPE = CATALOG.get("runtime", "nodejs").data["build"]
PINNED = json.loads((NODE / "package.json").read_text())["dependencies"]
POWERTOOLS = "@aws-lambda-powertools/logger"
MANIFEST = {
    "name": "tickets",
    "private": True,
    "type": "module",
    "dependencies": {POWERTOOLS: PINNED[POWERTOOLS]},
    "devDependencies": {"pg": PINNED["pg"]},
}
FILES = {
    "handler.mjs": "export const handler = async () => ({});\n",
    "package.json": json.dumps(MANIFEST),
    "tests/handler.test.mjs": "",
    "node_modules/left/index.js": "",
    ".npmrc": "audit=false\n",
}


def write(project: Path, **more: str) -> Path:
    for name, text in {**FILES, **more}.items():
        path = project / "functions/tickets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return project


def build_one(project: Path, recipe: object = RECIPE, architecture: str = "arm64") -> Artifact:
    package = Package("tickets", "functions/tickets", (), "nodejs24.x", architecture, recipe)  # type: ignore[arg-type]
    (artifact,) = build([package], project, project / "build", lambda _: None)
    return artifact


def names(artifact: Artifact) -> set[str]:
    with zipfile.ZipFile(artifact.path) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def npm(node_modules: Path) -> None:
    """There is npm, and it reaches its registry."""


def test_dependencies_are_in_the_package_and_nothing_of_this_machine(npm: None, tmp_path: Path) -> None:
    first, second = (build_one(write(tmp_path / name)) for name in ("here", "elsewhere"))
    found = names(first)
    assert {"handler.mjs", f"node_modules/{POWERTOOLS}/package.json"} <= found
    outside = {name for name in found if not name.startswith("node_modules/@aws-lambda-powertools/")}
    assert {name for name in outside if not name.startswith("node_modules/@aws/")} == {"handler.mjs"}
    assert not [name for name in found if name.endswith((".d.ts", ".map", "package-lock.json", ".npmrc"))]
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_lock_file_decides_and_has_to_fit(npm: None, tmp_path: Path) -> None:
    lock = {
        "name": "tickets",
        "lockfileVersion": 3,
        "packages": {"": {"name": "tickets", "dependencies": {"pg": PINNED["pg"]}}},
    }
    project = write(tmp_path, **{"package-lock.json": json.dumps(lock)})
    with pytest.raises(FaultError, match=r"package\.json: the dependencies of tickets can't be installed") as raised:
        build_one(project)
    assert raised.value.hint == "package.json and package-lock.json differ; run `npm install` in the function's folder"


def test_a_function_without_dependencies_needs_no_npm(tmp_path: Path) -> None:
    plain = json.dumps({**MANIFEST, "dependencies": {}})
    recipe = {**RECIPE, "probe": ["no-such-program"]}
    assert names(build_one(write(tmp_path, **{"package.json": plain}), recipe)) == {"handler.mjs"}


def test_what_is_not_there_is_told(npm: None, tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="npm is not installed"):
        build_one(write(tmp_path), {**RECIPE, "probe": ["no-such-program"]})
    unknown = json.dumps({**MANIFEST, "dependencies": {"mysql2": "0.0.0-none"}})
    with pytest.raises(FaultError, match="npm error") as raised:
        build_one(write(tmp_path, **{"package.json": unknown}))
    assert raised.value.hint.startswith("the registry has no such package or version")


@pytest.mark.slow
def test_a_platform_has_libraries_of_its_own(npm: None, tmp_path: Path) -> None:
    """A package with a library for each platform: what is installed is for Lambda's, not for this machine's."""
    wanted = json.dumps({**MANIFEST, "dependencies": {"@node-rs/crc32": "1.10.6"}})
    for architecture, processor in (("arm64", "arm64"), ("x86_64", "x64")):
        project = write(tmp_path / architecture, **{"package.json": wanted})
        found = names(build_one(project, architecture=architecture))
        assert {name.split("/")[2] for name in found if name.endswith(".node")} == {f"crc32-linux-{processor}-gnu"}
