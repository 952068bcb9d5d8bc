"""Rendered handlers of EFS on a folder: paths that lead nowhere else, files that are whole, changes that don't meet."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from support.emitted import emitted
from support.handlers import load, put, pytest_in
from support.rendered import variant
from support.tidy import untidy

ANN = {"owner": "ann"}
ID = "0" * 32
TIMES = 30


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emitted("files", tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def in_nodejs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files-in-nodejs")
    for file in variant("files", runtime="nodejs24.x").files:
        if file.path.startswith("functions/"):
            put(folder / file.path, file.text)
    return folder


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


class Stopped(BaseException):
    """Lambda has ended the function."""


@pytest.mark.parametrize("late", [False, True])
def test_a_writer_who_is_stopped_or_late_keeps_nobody_waiting(
    repository: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """All of its steps are done but the last; of those who come to it first, one has its turn."""
    first = repository.create(ANN, ID, {"n": 0})
    rename = Path.rename
    made = []

    def last(new: Path, path: Path) -> Path:
        monkeypatch.setattr(Path, "rename", rename)
        made.append(repository.update(ANN, ID, {"n": 2}, first["etag"]))
        if late:
            return rename(new, path)
        raise Stopped

    monkeypatch.setattr(Path, "rename", last)
    monkeypatch.setattr(repository.files, "PATIENCE_SECONDS", 0)
    with pytest.raises(repository.errors.Changed if late else Stopped):
        repository.update(ANN, ID, {"n": 1}, first["etag"])
    assert [repository.read(ANN, ID)] == made
    assert [path.suffix for path in root.rglob("*") if not path.is_dir()] == [".json"]


def test_an_item_that_others_always_change_first_is_unavailable(
    repository: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.create(ANN, ID, {})
    monkeypatch.setattr(repository.files, "WAIT_SECONDS", 0)
    monkeypatch.setattr(repository.files, "_replaced", lambda *_: False)
    with pytest.raises(repository.errors.Unavailable):
        repository.update(ANN, ID, {"n": 1})


def test_an_item_that_is_half_deleted_is_not_there(repository: ModuleType, root: Path) -> None:
    repository.create(ANN, ID, {})
    (path,) = root.rglob("*.json")
    path.write_bytes(b"")
    assert repository.list_page(ANN, 5, "") == ([], "")
    for change in (repository.read, repository.delete, partial(repository.update, fields={})):
        with pytest.raises(repository.errors.NotFound):
            change(ANN, ID)
    with pytest.raises(repository.errors.Conflict):
        repository.create(ANN, ID, {})


def test_functions_in_both_languages_count_together(
    repository: ModuleType, root: Path, in_nodejs: Path, node_modules: Path
) -> None:
    """Each reads a number and puts the next one in its place; none is lost."""
    repository.create(ANN, ID, {"n": 0})
    count = f"""
        import {{ Changed }} from "{in_nodejs}/functions/sketches/errors.mjs";
        import {{ read, update }} from "{in_nodejs}/functions/sketches/repository.mjs";
        for (let done = 0; done < {TIMES}; ) {{
          const {{ n, etag }} = await read({{ owner: "ann" }}, "{ID}");
          try {{
            await update({{ owner: "ann" }}, "{ID}", {{ n: n + 1 }}, etag);
            done += 1;
          }} catch (error) {{
            if (!(error instanceof Changed)) throw error;
          }}
        }}
    """
    with subprocess.Popen(["node", "--input-type=module", "--eval", count]) as node:
        while repository.read(ANN, ID)["n"] == 0 and node.poll() is None:
            pass
        done = 0
        while done < TIMES:
            now = repository.read(ANN, ID)
            with suppress(repository.errors.Changed):
                repository.update(ANN, ID, {"n": now["n"] + 1}, now["etag"])
                done += 1
    assert (node.returncode, repository.read(ANN, ID)["n"]) == (0, 2 * TIMES)
    assert [path.suffix for path in root.rglob("*") if not path.is_dir()] == [".json"]


def test_a_file_system_that_fails_is_unavailable(repository: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.create(ANN, ID, {})

    def stale(_: Path) -> bytes:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(Path, "read_bytes", stale)
    with pytest.raises(repository.errors.Unavailable):
        repository.read(ANN, ID)
