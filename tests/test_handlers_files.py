"""Rendered handlers of EFS on a folder: paths that lead nowhere else, files that are whole, changes that don't meet."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from support.emitted import emitted
from support.handlers import load, pytest_in
from support.tidy import untidy

ANN = {"owner": "ann"}
ID = "0" * 32


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emitted("files", tmp_path_factory.mktemp("files"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHES_MOUNT_PATH", str(tmp_path / "mount"))
    return tmp_path / "mount" / "sketches"


@pytest.fixture
def repository(project: Path, root: Path) -> ModuleType:
    return load(project / "functions/sketches", "repository")[0]


def test_code_is_tidy(project: Path) -> None:
    assert untidy(*(project / "functions").iterdir()) == ""


def test_its_own_tests_pass(project: Path) -> None:
    done = pytest_in(project / "functions/sketches")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("text", ["..", ".", "../../x", "/etc/passwd", "a/b", "%2E%2E", "x" * 256, "é" * 200, "~", "*"])
def test_no_text_leads_out_of_its_folder(repository: ModuleType, root: Path, text: str) -> None:
    made = repository.create({"owner": text}, text, {"n": 1})
    assert repository.read({"owner": text}, text) == made
    (path,) = root.rglob("*.json")
    assert len(path.relative_to(root).parts) == 2
    with pytest.raises(Exception, match="no such"):
        repository.read({"owner": f"{text}%"}, text)


def test_two_texts_never_share_a_file(repository: ModuleType) -> None:
    texts = ["a", "A", "a%", "%61", "a.json", "a/", ".", "..", "x" * 256, "x" * 255, "%%" + "0" * 64, ""]
    assert len({repository.files.name(text) for text in texts}) == len(texts)


def test_of_many_changes_at_once_one_is_made(repository: ModuleType) -> None:
    first = repository.create(ANN, ID, {"n": 0})

    def change(n: int) -> str:
        try:
            return str(repository.update(ANN, ID, {"n": n}, first["etag"])["etag"])
        except repository.errors.Changed:
            return ""

    with ThreadPoolExecutor(8) as pool:
        done = [etag for etag in pool.map(change, range(1, 25)) if etag]
    assert done == [repository.read(ANN, ID)["etag"]]


def test_of_many_creates_at_once_one_is_made(repository: ModuleType, root: Path) -> None:
    def create(n: int) -> bool:
        try:
            repository.create(ANN, ID, {"n": n})
        except repository.errors.Exists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(24))) == 1
    assert [path.suffix for path in root.rglob("*") if path.is_file()] == [".json"]  # nothing half done is left


def test_an_item_that_somebody_holds_is_unavailable(
    repository: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.create(ANN, ID, {})
    monkeypatch.setattr(repository.files, "LOCK_SECONDS", 0.1)
    (path,) = root.rglob("*.json")
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(repository.errors.Unavailable):
            repository.update(ANN, ID, {"n": 1})
        assert repository.read(ANN, ID)["id"] == ID  # who reads waits for nobody
    assert repository.update(ANN, ID, {"n": 1})["n"] == 1


def test_a_file_system_that_fails_is_unavailable(repository: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def stale(_: Path) -> bytes:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(Path, "read_bytes", stale)
    with pytest.raises(repository.errors.Unavailable):
        repository.read(ANN, ID)
