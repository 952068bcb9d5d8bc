"""What the writer does to a folder: whose file is whose, all or nothing, and what it refuses."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import pytest

from tierforge.diagnostics import FaultError, TemplateBug
from tierforge.model import File
from tierforge.project.mutex import MUTEX_NAME, exclusive
from tierforge.project.write import check, plan, recover, write

DEFAULTS = {"runtime": "python3.14", "data_stores": {"tickets": {"billing": "on-demand"}}}
HANDLER = "functions/tickets/handler.py"

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs fork, modes and links of POSIX")


def project(template: str = "one", handler: str = "one", **more: str) -> list[File]:
    """A generated project: a template of tierforge's, a script, a handler of the user's, and `more` files."""
    return [
        File("template.yaml", f"Description: {template}\n"),
        File("deploy.sh", "#!/bin/sh\n", executable=True),
        File(HANDLER, f"# {handler}\n", owner="user"),
        *(File(path.replace("__", "/"), text) for path, text in more.items()),
    ]


def disk(root: Path) -> dict[str, bytes]:
    """Every file below `root`, and every empty folder, by path."""
    return {
        place.relative_to(root).as_posix(): place.read_bytes() if place.is_file() else b"an empty folder"
        for place in sorted(root.rglob("*"))
        if place.is_file() or not any(place.iterdir())
    }


def actions(root: Path, files: list[File]) -> dict[str, str]:
    return {step.path: step.action for step in plan(root, files, DEFAULTS).steps}


# Whose file is whose


def test_a_first_render_creates_and_a_second_changes_no_byte(tmp_path: Path) -> None:
    root = tmp_path / "not" / "there" / "yet"
    done = write(root, project(), DEFAULTS)
    assert {step.action for step in done.steps} == {"create"}
    first = disk(root)
    assert set(first) == {"template.yaml", "deploy.sh", HANDLER, "tierforge.lock"}
    assert {step.action for step in write(root, project(), DEFAULTS).steps} == {"unchanged"}
    assert disk(root) == first


def test_the_record_is_text_for_a_review(tmp_path: Path) -> None:
    write(tmp_path, [File("b.txt", "b\n"), File("a.py", "é", owner="user")], {"z": 1, "a": {"é": True}})
    of_a, of_b = (hashlib.sha256(text.encode()).hexdigest() for text in ("é", "b\n"))
    assert (tmp_path / "tierforge.lock").read_bytes().decode().splitlines() == [
        "{",
        '  "version": 1,',
        '  "defaults": {',
        '    "a": {',
        '      "é": true',
        "    },",
        '    "z": 1',
        "  },",
        '  "files": {',
        f'    "a.py": {{"owner": "user", "sha256": "{of_a}"}},',
        f'    "b.txt": {{"owner": "tierforge", "sha256": "{of_b}"}}',
        "  }",
        "}",
    ]


def test_what_nobody_touched_follows_the_blueprint(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    write(tmp_path, project("two", "two"), DEFAULTS)
    assert disk(tmp_path)["template.yaml"] == b"Description: two\n"
    assert disk(tmp_path)[HANDLER] == b"# two\n"


def test_a_users_edit_is_kept_and_a_changed_skeleton_comes_beside_it_once(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    (tmp_path / HANDLER).write_text("mine\n")
    assert actions(tmp_path, project()) == {
        "template.yaml": "unchanged",
        "deploy.sh": "unchanged",
        HANDLER: "kept",
    }
    write(tmp_path, project(handler="two"), DEFAULTS)
    assert disk(tmp_path)[HANDLER] == b"mine\n"
    assert disk(tmp_path)[HANDLER + ".new"] == b"# two\n"
    assert actions(tmp_path, project(handler="two"))[HANDLER] == "kept"
    (tmp_path / f"{HANDLER}.new").unlink()
    write(tmp_path, project(handler="two"), DEFAULTS)
    assert HANDLER + ".new" not in disk(tmp_path), "what was merged does not come again"


def test_a_half_merged_new_file_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    (tmp_path / HANDLER).write_text("mine\n")
    write(tmp_path, project(handler="two"), DEFAULTS)
    write(tmp_path, project(handler="three"), DEFAULTS)
    waiting = tmp_path / f"{HANDLER}.new"
    assert waiting.read_text() == "# three\n"
    waiting.write_text("half of it\n")
    with pytest.raises(FaultError, match=r"handler\.py\.new is not as tierforge left it"):
        write(tmp_path, project(handler="four"), DEFAULTS)
    write(tmp_path, project(handler="four"), DEFAULTS, force=True)
    assert waiting.read_text() == "# four\n"
    assert (tmp_path / HANDLER).read_text() == "mine\n", "--force never touches the user's own file"


def test_a_file_that_the_user_deleted_stays_deleted(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    (tmp_path / HANDLER).unlink()
    for skeleton in ("one", "two", "three"):
        assert write(tmp_path, project(handler=skeleton), DEFAULTS).having("gone")[0].path == HANDLER
        assert HANDLER not in disk(tmp_path)


def test_tierforges_own_file_comes_back_when_deleted(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    (tmp_path / "template.yaml").unlink()
    assert write(tmp_path, project(), DEFAULTS).having("create")[0].path == "template.yaml"
    assert disk(tmp_path)["template.yaml"] == b"Description: one\n"


def test_tierforges_own_file_changed_by_hand_stops_the_render_with_the_diff(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    (tmp_path / "template.yaml").write_text("Description: by hand \x1b[31m\n")
    before = disk(tmp_path)
    with pytest.raises(FaultError) as refusal:
        write(tmp_path, project(template="two", handler="two"), DEFAULTS)
    assert str(refusal.value).splitlines() == [
        "template.yaml is not as tierforge left it; nothing was written",
        "--- template.yaml (generated)",
        "+++ template.yaml (on disk)",
        "@@ -1 +1 @@",
        "-Description: two",
        "+Description: by hand \\x1b[31m",
    ]
    assert "overrides:" in refusal.value.hint
    assert "--force" in refusal.value.hint
    assert refusal.value.exit_code == 1
    assert disk(tmp_path) == before
    write(tmp_path, project(template="two"), DEFAULTS, force=True)
    assert disk(tmp_path)["template.yaml"] == b"Description: two\n"


def test_the_diff_of_a_conflict_is_bounded(tmp_path: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(5_000))
    write(tmp_path, [File("a.yaml", lines), File("b.yaml", lines)], {})
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("x" * 10_000 + "\n" + lines.replace("line", "by hand"))
    with pytest.raises(FaultError) as refusal:
        write(tmp_path, [File("a.yaml", lines), File("b.yaml", lines)], {})
    message = str(refusal.value)
    assert message.startswith("a.yaml, b.yaml are not as tierforge left it")
    assert len(message) < 20_000
    assert message.endswith("… the rest is left out")


def test_what_is_no_longer_generated_goes_if_nobody_touched_it(tmp_path: Path) -> None:
    write(tmp_path, project(edge__template="edge\n", notes="notes\n"), DEFAULTS)
    (tmp_path / "notes").write_text("by hand\n")
    done = write(tmp_path, [], DEFAULTS)
    assert {step.path for step in done.having("remove")} == {"edge/template", "template.yaml", "deploy.sh"}
    assert {step.path for step in done.having("orphan")} == {HANDLER, "notes"}
    assert set(disk(tmp_path)) == {HANDLER, "notes", "tierforge.lock"}, "the empty folder is gone too"
    assert write(tmp_path, [], DEFAULTS).steps == ()


def test_a_path_that_only_changes_case_is_not_removed(tmp_path: Path) -> None:
    write(tmp_path, [File("Docs/a.md", "a\n")], {})
    assert [step.action for step in plan(tmp_path, [File("docs/a.md", "a\n")], {}).steps] == ["create"]


def test_without_a_record_equal_files_are_adopted(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    before = disk(tmp_path)
    (tmp_path / "tierforge.lock").unlink()
    assert [difference.path for difference in check(tmp_path, project(), DEFAULTS)] == ["tierforge.lock"]
    write(tmp_path, project(), DEFAULTS)
    assert disk(tmp_path) == before


def test_without_a_record_the_users_file_gets_a_new_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / HANDLER).parent.mkdir(parents=True)
    (tmp_path / HANDLER).write_text("mine\n")
    write(tmp_path, project(), DEFAULTS)
    assert disk(tmp_path)[HANDLER] == b"mine\n"
    assert disk(tmp_path)[HANDLER + ".new"] == b"# one\n"


def test_without_a_record_an_unknown_file_in_the_place_of_tierforges_is_not_overwritten(
    tmp_path: Path,
) -> None:
    (tmp_path / "template.yaml").write_text("Description: somebody's\n")
    with pytest.raises(FaultError, match=r"template\.yaml is not as tierforge left it"):
        write(tmp_path, project(), DEFAULTS)
    assert disk(tmp_path) == {"template.yaml": b"Description: somebody's\n"}


def test_line_endings_of_a_checkout_are_no_edit(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    for place in (HANDLER, "template.yaml", "tierforge.lock"):
        (tmp_path / place).write_bytes((tmp_path / place).read_bytes().replace(b"\n", b"\r\n"))
    assert check(tmp_path, project(), DEFAULTS) == ()
    write(tmp_path, project("two", "two"), DEFAULTS)
    assert disk(tmp_path)[HANDLER] == b"# two\n"
    assert disk(tmp_path)["template.yaml"] == b"Description: two\n"


@posix_only
def test_modes_respect_the_umask_and_scripts_stay_executable(tmp_path: Path) -> None:
    def mode(path: str) -> int:
        return stat.S_IMODE((tmp_path / path).stat().st_mode)

    previous = os.umask(0o022)
    try:
        write(tmp_path, project(), DEFAULTS)
    finally:
        os.umask(previous)
    assert (mode("template.yaml"), mode("deploy.sh"), mode(HANDLER)) == (0o644, 0o755, 0o644)
    (tmp_path / "deploy.sh").chmod(0o640)
    (tmp_path / HANDLER).chmod(0o600)
    assert [(d.path, d.what) for d in check(tmp_path, project(), DEFAULTS)] == [("deploy.sh", "stale")]
    write(tmp_path, project(handler="two"), DEFAULTS)
    assert (mode("deploy.sh"), mode(HANDLER)) == (0o750, 0o600)


def test_check_tells_what_a_render_would_touch_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, project(old="old\n"), DEFAULTS)
    assert check(tmp_path, project(old="old\n"), DEFAULTS) == ()
    assert [d.path for d in check(tmp_path, project(old="old\n"), {"other": 1})] == ["tierforge.lock"]
    (tmp_path / "deploy.sh").unlink()
    (tmp_path / "template.yaml").write_text("by hand\n")
    (tmp_path / HANDLER).write_text("mine\n")
    before = disk(tmp_path)
    assert [(d.path, d.what) for d in check(tmp_path, project(handler="two"), DEFAULTS)] == [
        ("deploy.sh", "missing"),
        (HANDLER + ".new", "stale"),
        ("old", "stale"),
        ("template.yaml", "changed by hand"),
        ("tierforge.lock", "stale"),
    ]
    assert disk(tmp_path) == before
    assert {d.what for d in check(tmp_path / "nowhere", project(), DEFAULTS)} == {"missing"}
    assert not (tmp_path / "nowhere").exists()


# A record that can't be trusted


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not UTF-8"),
        (b"[]", "has no version"),
        (b'{"version": true}', "has no version"),
        (b'{"version": 1, "files": []}', "lacks files or defaults"),
        (b'{"version": 1, "defaults": {}, "files": {"a": "b"}}', "an entry for 'a' that isn't"),
        (b'{"version": 1, "defaults": {}, "files": {"../a": {}}}', "names '../a'"),
        (b"[" * 100_000, "is not JSON"),
        (b'<<<<<<< HEAD\n{}\n=======\n{"a": 1}\n>>>>>>> main\n', "merge conflict markers"),
        (b'{"version": 2, "things": 3}', "has format 2, this tierforge knows 1"),
    ],
)
def test_a_record_that_cant_be_read_is_told_with_the_way_out(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "tierforge.lock").write_bytes(content)
    with pytest.raises(FaultError, match=message) as refusal:
        write(tmp_path, project(), DEFAULTS)
    assert refusal.value.hint
    assert disk(tmp_path) == {"tierforge.lock": content}


def test_either_side_of_a_merged_record_leads_out(tmp_path: Path) -> None:
    """Both sides rendered; git merged the template without conflict, and one side's record was taken."""
    write(tmp_path, project(one="1\n"), DEFAULTS)
    (tmp_path / "two").write_text("2\n")
    write(tmp_path, project(one="1\n", two="2\n"), DEFAULTS)
    assert check(tmp_path, project(one="1\n", two="2\n"), DEFAULTS) == ()


def test_a_record_from_elsewhere_removes_nothing_outside_the_folder(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    write(outside, [File("kept", "kept\n")], {})
    write(root, [File("outside/kept", "kept\n")], {})
    (root / "outside" / "kept").unlink()
    (root / "outside").rmdir()
    try:
        (root / "outside").symlink_to(outside, target_is_directory=True)
    except OSError as error:
        pytest.skip(f"this account can't make symbolic links: {error}")
    assert write(root, [], {}).having("orphan")[0].path == "outside/kept"
    assert (outside / "kept").read_text() == "kept\n"


# What can't be a file


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../out",
        "a/../../out",
        "./a",
        "a//b",
        "a/",
        "C:/a",
        "c:a",
        "a\\b",
        "a\0b",
        "tierforge.lock",
        "Tierforge.LOCK",
        ".tierforge-staging/0",
    ],
)
def test_paths_that_no_project_can_have(tmp_path: Path, path: str) -> None:
    with pytest.raises(TemplateBug):
        write(tmp_path / "root", [File(path, "")], {})
    assert disk(tmp_path) in ({}, {"root": b"an empty folder"})


@pytest.mark.parametrize(("one", "other"), [("a/b", "A/B"), ("straße", "STRASSE"), ("é", "e\u0301"), ("a", "A/b")])
def test_paths_that_meet_on_some_disk(tmp_path: Path, one: str, other: str) -> None:
    for files in ([File(one, ""), File(other, "")], [File(other, ""), File(one, "")]):
        with pytest.raises(TemplateBug):
            write(tmp_path, files, {})
    assert disk(tmp_path) == {}


def test_text_that_utf_8_cant_hold(tmp_path: Path) -> None:
    with pytest.raises(TemplateBug, match="UTF-8"):
        write(tmp_path, [File("a", "\ud800")], {})


@posix_only
@pytest.mark.parametrize("link", ["template.yaml", HANDLER, "functions", "functions/tickets", "tierforge.lock"])
@pytest.mark.parametrize("dangling", [False, True])
def test_a_symbolic_link_in_the_way_is_named(tmp_path: Path, link: str, dangling: bool) -> None:
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "root"
    if not dangling:
        elsewhere.mkdir()
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere)
    with pytest.raises(FaultError, match="is a symbolic link") as refusal:
        write(root, project(), DEFAULTS)
    assert str(root / link) in str(refusal.value)
    assert not dangling or not elsewhere.exists()
    assert dangling or list(elsewhere.iterdir()) == []


@posix_only
def test_the_staging_folder_may_not_be_a_symbolic_link(tmp_path: Path) -> None:
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "root"
    elsewhere.mkdir()
    root.mkdir()
    (root / ".tierforge-staging").symlink_to(elsewhere)
    for command in (lambda: write(root, project(), DEFAULTS), lambda: recover(root)):
        with pytest.raises(FaultError, match="is not a folder"):
            command()
    assert list(elsewhere.iterdir()) == []


@posix_only
def test_the_root_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    write(tmp_path / "root", project(), DEFAULTS)
    assert "template.yaml" in disk(tmp_path / "real")


def test_a_folder_where_a_file_should_be_and_the_reverse(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").mkdir()
    with pytest.raises(FaultError, match=r"template\.yaml is a folder"):
        write(tmp_path, project(), DEFAULTS)
    (tmp_path / "template.yaml").rmdir()
    (tmp_path / "functions").write_text("")
    with pytest.raises(FaultError, match="functions is a file"):
        write(tmp_path, project(), DEFAULTS)
    assert disk(tmp_path) == {"functions": b""}


# What the operating system refuses


def in_a_child(act: Callable[[], object]) -> int:
    """Run `act` in a forked process, which dies after it; gives its exit code."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            act()
            code = 0
        except FaultError as fault:
            os.write(2, f"{fault}\n".encode())
            code = fault.exit_code
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any account may enter (pytest's own are closed to others)."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@posix_only
@pytest.mark.parametrize("closed", [".", "functions/tickets"])
def test_a_folder_that_cant_be_written_leaves_everything_as_it_was(
    open_folder: Path, closed: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write(open_folder, project(), DEFAULTS)
    for place in [open_folder, *open_folder.rglob("*")]:
        os.chown(place, 65534, -1) if os.getuid() == 0 else None
    (open_folder / closed).chmod(0o555)
    before = disk(open_folder)

    def without_privileges() -> None:
        if os.getuid() == 0:
            os.setuid(65534)
        write(open_folder, project("two", "two"), DEFAULTS)

    assert in_a_child(without_privileges) == 1
    assert "Permission denied" in capfd.readouterr().err
    (open_folder / closed).chmod(0o755)
    assert disk(open_folder) == before


@posix_only
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import resource
    import signal

    write(tmp_path, project(), DEFAULTS)
    before = disk(tmp_path)

    def with_little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        write(tmp_path, project("two", big="x" * 100_000), DEFAULTS)

    assert in_a_child(with_little_room) == 1
    assert "can't write" in capfd.readouterr().err
    assert disk(tmp_path) == before


# Killed at any instant

OPERATIONS = {
    "open",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.scandir",
    "os.listdir",
}


def killed_at(step: int, act: Callable[[], object], operations: Collection[str] = OPERATIONS) -> bool:
    """Run `act` in a process that dies before its `step`th (from 0) of `operations`; whether it got there."""

    def act_until_killed() -> None:
        left = step

        def count(event: str, _: object) -> None:
            nonlocal left
            if event in operations:
                left -= 1
                if left < 0:
                    os._exit(77)

        sys.addaudithook(count)
        act()

    code = in_a_child(act_until_killed)
    assert code in (0, 77)
    return code == 77


def settled(root: Path) -> Mapping[str, bytes]:
    recover(root)
    return disk(root)


@posix_only
@pytest.mark.slow
def test_a_writer_killed_at_any_instant_leaves_the_project_old_or_new(tmp_path: Path) -> None:
    old_files = project(old="old\n", gone__deep__away="away\n")
    new_files = [*project("two", "two", new__deep__file="new\n"), File("handler2.py", "2\n", owner="user")]

    def prepared(name: str) -> Path:
        write(tmp_path / name, old_files, DEFAULTS)
        (tmp_path / name / HANDLER).write_text("mine\n")
        return tmp_path / name

    old = disk(prepared("old"))
    write(prepared("new"), new_files, {"other": True})
    new = disk(tmp_path / "new")
    assert old != new

    outcomes = []
    for step in range(1_000):
        root = prepared(f"killed-{step}")
        if not killed_at(step, lambda root=root: write(root, new_files, {"other": True})):
            break
        outcomes.append(settled(root))
        assert outcomes[-1] in (old, new), f"half a project after a kill before operation {step}"
        write(root, new_files, {"other": True})
        assert disk(root) == new
    assert outcomes.index(new) > 10
    assert outcomes == sorted(outcomes, key=lambda outcome: outcome == new), "once decided, always done"
    assert disk(root) == new


@posix_only
@pytest.mark.slow
def test_a_recovery_killed_at_any_instant_is_taken_up_again(tmp_path: Path) -> None:
    newer = project("two", "two", new="n\n")

    def interrupted(name: str) -> Path:
        """A project whose writer was killed after the first of its files was in place."""
        root = tmp_path / name
        write(root, project(old="old\n"), DEFAULTS)
        assert killed_at(2, lambda: write(root, newer, DEFAULTS), {"os.rename"})
        assert (root / HANDLER).read_text() == "# two\n"
        assert (root / "template.yaml").read_text() == "Description: one\n"
        return root

    write(tmp_path / "whole", newer, DEFAULTS)
    whole = disk(tmp_path / "whole")
    for step in range(1_000):
        root = interrupted(f"interrupted-{step}")
        if not killed_at(step, lambda root=root: recover(root)):
            break
        assert settled(root) == whole
    assert step > 5
    assert disk(root) == whole


@posix_only
def test_an_edit_between_a_kill_and_the_next_command_survives(tmp_path: Path) -> None:
    write(tmp_path, project(), DEFAULTS)
    assert killed_at(1, lambda: write(tmp_path, project("two", "two"), DEFAULTS), {"os.rename"})
    (tmp_path / HANDLER).write_text("mine, quickly\n")
    assert recover(tmp_path) == "completed"
    assert disk(tmp_path)[HANDLER] == b"mine, quickly\n"
    assert disk(tmp_path)[HANDLER + ".new"] == b"# two\n"
    assert recover(tmp_path) is None


@pytest.mark.parametrize(
    "journal",
    [
        "",
        "{}x",
        '[{"path": "../out", "staged": "0", "before": null}]',
        '[{"path": "/etc/x", "staged": "0", "before": null}]',
        '[{"path": "a", "staged": "../../x", "before": null}]',
        '[{"path": 1, "staged": null, "before": null}]',
        '[{"to": "a"}]',
    ],
)
def test_a_journal_that_came_with_a_project_moves_nothing_out_of_it(tmp_path: Path, journal: str) -> None:
    staging = tmp_path / "root" / ".tierforge-staging"
    staging.mkdir(parents=True)
    (staging / "0").write_text("evil\n")
    (staging / "journal.json").write_text(journal)
    before = disk(tmp_path)
    with pytest.raises(FaultError, match=r"journal\.json is damaged"):
        recover(tmp_path / "root")
    assert before.items() <= disk(tmp_path).items()
    assert not (tmp_path / "out").exists()


# Two at once

WRITER = """
import sys
from pathlib import Path
from tierforge.model import File
from tierforge.project.mutex import MUTEX_NAME, exclusive
from tierforge.project.write import write
root, mark = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
for turn in range(20):
    text = f"{mark} {turn}\\n"
    write(root, [File(f"{n}.txt", text) for n in range(10)], {"mark": mark})
    names = {p.name for p in root.iterdir()} - {".tierforge-staging"}
    assert names == {f"{n}.txt" for n in range(10)} | {"tierforge.lock"}, names
"""


def test_two_writers_at_once_take_turns(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), mark],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for mark in ("first", "second")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    failures = [writer.communicate(timeout=120)[1] for writer in writers]
    assert failures == ["", ""]
    written = disk(tmp_path)
    assert len({text for path, text in written.items() if path.endswith(".txt")}) == 1, "one render, not a mixture"
    assert set(written) == {f"{n}.txt" for n in range(10)} | {"tierforge.lock"}


@posix_only
def test_a_mutex_that_vanishes_while_it_is_taken_is_taken_anew(tmp_path: Path) -> None:
    """Whoever held it removes it when done: a lock on what was removed would keep nobody out."""
    folder = tmp_path / "staging"

    def take_it() -> None:
        removals = iter([True])

        def remove(event: str, _: object) -> None:
            if event == "fcntl.flock" and next(removals, False):
                (folder / MUTEX_NAME).unlink()
                folder.rmdir()

        sys.addaudithook(remove)
        with exclusive(folder):
            assert (folder / MUTEX_NAME).exists()

    assert in_a_child(take_it) == 0
