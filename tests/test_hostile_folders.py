"""Names, links, killed and competing processes: what is written stays in its folder, and the project stays whole."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.command import Command
from support.process import BLUEPRINT, SOON, environment, tierforge

RENDER = [sys.executable, "-m", "tierforge", "render", "--no-lint", "--quiet"]
THROTTLED = BLUEPRINT.replace("owner: true", "owner: true, throttle: {rate_limit: 5, burst_limit: 5}")
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs links and signals of POSIX")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], own_home: Path) -> Command:
    """The command line in this process, with a home of its own."""
    assert own_home
    return Command(capsys)


@pytest.mark.parametrize("name", ["../x", "..", "/etc/x", "a/b", "a\\b", "C:x", ".", "", "a" * 300, "-a", "A", "a\nb"])
@pytest.mark.parametrize("section", ["resources", "data_stores"])
def test_names_that_climb_out_of_the_folder_are_refused(
    name: str, section: str, tmp_path: Path, command: Command
) -> None:
    entry = f"{{{json.dumps(name)}: {{{'routes: [GET /a]' if section == 'resources' else 'type: dynamodb'}}}}}"
    text = "name: app\npattern: mobile-backend\nresources: {a: {routes: [GET /a]}}\n"
    text = text.replace("{a: {routes: [GET /a]}}", entry) if section == "resources" else f"{text}data_stores: {entry}\n"
    path = tmp_path / "inner" / "app.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    answer = command("render", "--no-lint", "--blueprint", str(path))
    assert answer.code == 1
    assert f"{path}:{3 if section == 'resources' else 4}:" in answer.err
    assert [p.name for p in tmp_path.rglob("*")] == ["inner", "app.yaml"]


@pytest.mark.parametrize("name", ["../x", "a/b", "/x", "A", "", "a" * 31, "x\n"])
def test_a_name_for_a_new_blueprint_is_a_name(name: str, tmp_path: Path, command: Command) -> None:
    answer = command("new", "mobile-backend", str(tmp_path / "new"), f"--name={name}" if name else "--name=-")
    assert answer.code == 2, answer.err
    assert not list(tmp_path.rglob("*"))


@posix_only
def test_a_link_in_the_way_is_not_followed(tmp_path: Path, command: Command) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (inside / "app.yaml").write_text(BLUEPRINT)
    for link, target in (("functions", outside), ("README.md", outside / "notes.md"), ("deploy.sh", Path("nowhere"))):
        (inside / link).symlink_to(target)
        answer = command("render", "--no-lint", "--blueprint", str(inside / "app.yaml"))
        assert answer.code == 1
        assert "is a symbolic link" in answer.err
        (inside / link).unlink()
    assert not list(outside.iterdir())
    assert [p.name for p in inside.iterdir()] == ["app.yaml"]


@posix_only
def test_a_blueprint_may_be_a_link(tmp_path: Path, command: Command) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "blueprint.yaml").write_text(BLUEPRINT)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "app.yaml").symlink_to(tmp_path / "shared" / "blueprint.yaml")
    answer = command("render", "--no-lint", "--quiet", "--blueprint", str(tmp_path / "project" / "app.yaml"))
    assert answer.code == 0, answer.err
    assert (tmp_path / "project" / "template.yaml").is_file()
    assert [p.name for p in (tmp_path / "shared").iterdir()] == ["blueprint.yaml"]


@posix_only
@pytest.mark.slow
def test_a_killed_render_leaves_the_project_old_or_new(tmp_path: Path, own_home: Path) -> None:
    home = {"HOME": str(own_home)}
    path, random_ = tmp_path / "app.yaml", random.Random(4711)
    states = {}
    for name, text in (("old", BLUEPRINT), ("new", THROTTLED)):
        path.write_text(text)
        assert tierforge("render", "--no-lint", "--quiet", folder=tmp_path, **home).returncode == 0
        states[name] = snapshot(tmp_path)
    assert states["old"] != states["new"]
    found = set()
    for attempt in range(9):
        path.write_text(BLUEPRINT)
        assert tierforge("render", "--no-lint", "--quiet", folder=tmp_path, **home).returncode == 0
        path.write_text(THROTTLED)
        process = subprocess.Popen(RENDER, cwd=tmp_path, env=environment() | home, stderr=subprocess.DEVNULL)
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


def test_renders_at_once_leave_one_project(tmp_path: Path, own_home: Path) -> None:
    here, alone = tmp_path / "here", tmp_path / "alone"
    for folder in (here, alone):
        folder.mkdir()
        (folder / "app.yaml").write_text(BLUEPRINT)
    own = environment() | {"HOME": str(own_home)}
    together = [subprocess.Popen(RENDER, cwd=here, env=own, stderr=subprocess.PIPE) for _ in range(3)]
    said = [process.communicate(timeout=SOON)[1] for process in together]
    assert [process.returncode for process in together] == [0] * 3, said
    assert tierforge("render", "--no-lint", "--quiet", folder=alone, HOME=str(own_home)).returncode == 0
    assert snapshot(here) == snapshot(alone)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` but the blueprint."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "app.yaml"
    }
