"""Files, folders and processes that no blueprint should meet: an answer at once, and a project that stays whole."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

BLUEPRINT = """\
name: box-office
pattern: mobile-backend
auth: {method: cognito}
resources:
  tickets: {operations: [list, create, read], data_store: tickets, owner: true}
data_stores:
  tickets: {type: dynamodb}
"""
SOON = 60  # seconds, for what takes less than one: only what hangs comes near it
MEMORY = 1_000_000_000  # bytes of address space that a refusal may take
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs pipes, links, modes and signals of POSIX")

HOSTILE: Mapping[str, bytes] = {
    "an alias bomb": b"a0: &a0 [x]\n"
    + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d," % (n - 1) * 9) for n in range(1, 30)),
    "an alias in itself": b"name: &a [*a]\n",
    "aliases in a chain": b"a0: &a0 x\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, 2000)),
    "5,000 flow levels": b"name: " + b"[" * 5000 + b"]" * 5000,
    "5,000 flow levels that don't end": b"name: " + b"{a: " * 5000,
    "5,000 block levels": b"".join(b" " * n + b"a:\n" for n in range(1200)),
    "5,000 levels on one line": b"- " * 5000,
    "Latin-1": "name: café\n".encode("latin-1"),
    "UTF-16": BLUEPRINT.encode("utf-16"),
    "UTF-32": BLUEPRINT.encode("utf-32"),
    "nothing": b"",
    "white space": b"\n   \n\n",
    "comments": b"# one\n# two\n",
    "a list": b"- name: box-office\n",
    "a word": b"box-office\n",
    "two documents": BLUEPRINT.encode() + b"---\n" + BLUEPRINT.encode(),
    "a NUL": BLUEPRINT.encode() + b"description: a\0b\n",
    "only NULs": b"\0" * 4096,
    "50 MB": b"# " + b"x" * 50_000_000,
    "one long line": b"name: {" + b",".join(b"a%d: 1" % n for n in range(100_000)) + b"}",
    "a megabyte of keys": b"".join(b"key%d: 1\n" % n for n in range(80_000)),
    "a tab": b"name:\n\tx: 1\n",
    "a program": b"\x7fELF\x02\x01\x01\0" + bytes(range(256)),
    "a number without end": b"version: 0x" + b"f" * 100_000,
}


def tierforge(*arguments: str | Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, which is ended if it hangs and has little memory."""
    return subprocess.run(
        [sys.executable, "-m", "tierforge", *map(str, arguments)],
        cwd=folder,
        env=environment() | more,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SOON,
        preexec_fn=limited if os.name == "posix" else None,
        check=False,
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def limited() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def is_refused(answer: subprocess.CompletedProcess[str], code: int, first: str) -> None:
    """One message that begins with `first`, no traceback."""
    assert answer.returncode == code, answer.stderr
    assert answer.stderr.startswith(first), answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr) < 200_000


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_at_its_place(content: bytes, tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(content)
    answer = tierforge("validate", "--no-lint", folder=tmp_path, HOME=str(own_home))
    is_refused(answer, 1, "app.yaml:")
    assert [path.name for path in tmp_path.iterdir()] == ["app.yaml"]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + BLUEPRINT.encode(), BLUEPRINT.replace("\n", "\r\n").encode(), BLUEPRINT.encode().rstrip()],
    ids=["byte order mark", "CRLF", "no last line end"],
)
def test_what_editors_do_to_files_is_no_fault(content: bytes, tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(content)
    answer = tierforge("validate", "--no-lint", folder=tmp_path, HOME=str(own_home))
    assert answer.returncode == 0, answer.stderr


@posix_only
@pytest.mark.parametrize(
    "kind", ["missing", "folder", "pipe", "device", "endless device", "unreadable", "link to itself"]
)
def test_what_is_no_file_is_not_waited_for(kind: str, tmp_path: Path, own_home: Path) -> None:
    path = tmp_path / "app.yaml"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path = Path(os.devnull)
        case "endless device":
            path = Path("/dev/zero")
        case "link to itself":
            path.symlink_to(path)
        case "unreadable":
            path.write_text(BLUEPRINT)
            path.chmod(0)
            if os.access(path, os.R_OK):
                pytest.skip("this user may read everything")
    answer = tierforge("validate", "--blueprint", path, folder=tmp_path, HOME=str(own_home))
    is_refused(answer, 2, "error: cannot read the blueprint")


@pytest.mark.parametrize("name", ["../x", "..", "/etc/x", "a/b", "a\\b", "C:x", ".", "", "a" * 300, "-a", "A", "a\nb"])
@pytest.mark.parametrize("section", ["resources", "data_stores"])
def test_names_that_climb_out_of_the_folder_are_refused(
    name: str, section: str, tmp_path: Path, command: Callable[..., tuple[int, str]]
) -> None:
    entry = f"{{{json.dumps(name)}: {{{'routes: [GET /a]' if section == 'resources' else 'type: dynamodb'}}}}}"
    text = "name: app\npattern: mobile-backend\nresources: {a: {routes: [GET /a]}}\n"
    text = text.replace("{a: {routes: [GET /a]}}", entry) if section == "resources" else f"{text}data_stores: {entry}\n"
    path = tmp_path / "inner" / "app.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    code, said = command("render", "--no-lint", "--blueprint", str(path))
    assert code == 1
    assert f"{path}:{3 if section == 'resources' else 4}:" in said
    assert [p.name for p in tmp_path.rglob("*")] == ["inner", "app.yaml"]


@pytest.mark.parametrize("name", ["../x", "a/b", "/x", "A", "", "a" * 31, "x\n"])
def test_a_name_for_a_new_blueprint_is_a_name(
    name: str, tmp_path: Path, command: Callable[..., tuple[int, str]]
) -> None:
    code, said = command("new", "mobile-backend", str(tmp_path / "new"), f"--name={name}" if name else "--name=-")
    assert code == 2, said
    assert not list(tmp_path.rglob("*"))


@posix_only
def test_a_link_in_the_way_is_not_followed(tmp_path: Path, command: Callable[..., tuple[int, str]]) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "app.yaml").write_text(BLUEPRINT)
    for link, target in (("functions", outside), ("README.md", outside / "notes.md"), ("deploy.sh", Path("nowhere"))):
        (inside / link).symlink_to(target)
        code, said = command("render", "--no-lint", "--blueprint", str(inside / "app.yaml"))
        assert code == 1
        assert "is a symbolic link" in said
        (inside / link).unlink()
    assert not list(outside.iterdir())
    assert [p.name for p in inside.iterdir()] == ["app.yaml"]


@posix_only
def test_a_blueprint_may_be_a_link(tmp_path: Path, command: Callable[..., tuple[int, str]]) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "blueprint.yaml").write_text(BLUEPRINT)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "app.yaml").symlink_to(tmp_path / "shared" / "blueprint.yaml")
    code, said = command("render", "--no-lint", "--quiet", "--blueprint", str(tmp_path / "project" / "app.yaml"))
    assert code == 0, said
    assert (tmp_path / "project" / "template.yaml").is_file()
    assert [p.name for p in (tmp_path / "shared").iterdir()] == ["blueprint.yaml"]


@posix_only
def test_a_killed_render_leaves_the_project_old_or_new(tmp_path: Path, own_home: Path) -> None:
    home = {"HOME": str(own_home)}
    path, random_ = tmp_path / "app.yaml", random.Random(4711)
    states = {}
    for name, text in (
        ("old", BLUEPRINT),
        ("new", BLUEPRINT.replace("owner: true", "owner: true, throttle: {rate_limit: 5, burst_limit: 5}")),
    ):
        path.write_text(text)
        assert tierforge("render", "--no-lint", "--quiet", folder=tmp_path, **home).returncode == 0
        states[name] = snapshot(tmp_path)
    assert states["old"] != states["new"]
    found = set()
    for attempt in range(9):
        path.write_text(BLUEPRINT)
        assert tierforge("render", "--no-lint", "--quiet", folder=tmp_path, **home).returncode == 0
        path.write_text(throttled)
        process = subprocess.Popen(
            [sys.executable, "-m", "tierforge", "render", "--no-lint", "--quiet"],
            cwd=tmp_path,
            env=environment() | home,
            stderr=subprocess.DEVNULL,
        )
        if attempt % 3:  # most attempts hit the short time in which it writes
            while process.poll() is None and not (tmp_path / ".tierforge-staging").exists():
                time.sleep(0.0005)
            time.sleep(random_.random() * 0.03)
        else:
            time.sleep(random_.random() * 0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        tierforge("render", "--check", "--no-lint", folder=tmp_path, **home)
        found.add(next((name for name, state in states.items() if state == snapshot(tmp_path)), "torn"))
    assert found <= {"old", "new"}


def test_two_renders_at_once_leave_one_project(tmp_path: Path, own_home: Path) -> None:
    here, alone = tmp_path / "here", tmp_path / "alone"
    for folder in (here, alone):
        folder.mkdir()
        (folder / "app.yaml").write_text(BLUEPRINT)
    command = [sys.executable, "-m", "tierforge", "render", "--no-lint", "--quiet"]
    both = [
        subprocess.Popen(command, cwd=here, env=environment() | {"HOME": str(own_home)}, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=SOON)[1] for process in both]
    assert [process.returncode for process in both] == [0] * 3, said
    assert tierforge("render", "--no-lint", "--quiet", folder=alone, HOME=str(own_home)).returncode == 0
    assert snapshot(here) == snapshot(alone)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` but the blueprint."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "app.yaml"
    }


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], own_home: Path) -> Callable[..., tuple[int, str]]:
    """The command line in this process: its exit code and what it said on stderr."""
    from support.command import Command

    run = Command(capsys)
    assert own_home

    def ask(*arguments: str) -> tuple[int, str]:
        answer = run(*arguments)
        return answer.code, answer.err

    return ask
