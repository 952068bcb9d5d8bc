"""A project in memory to a folder on disk, all or nothing; the only stage that writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from tierforge.diagnostics import FaultError
from tierforge.model import File
from tierforge.project.lock import digest, dump_lock, read_lock
from tierforge.project.paths import LOCK_NAME, regular_file
from tierforge.project.plan import WRITING, Plan, Step, content_of, make_plan
from tierforge.project.transaction import Change, commit, recover, transaction, unwritable

__all__ = ["Difference", "check", "plan", "recover", "write"]

_DIFF_LINES = 60
_DIFF_WIDTH = 160
_REMEDY = (
    "changes of a template belong under `overrides:` in the blueprint, where they last; --force overwrites the file"
)


@dataclass(frozen=True)
class Difference:
    """A file that `write` would touch: not there, not the newest, or changed by hand (a conflict)."""

    path: str
    what: Literal["missing", "stale", "changed by hand"]


def plan(root: Path, files: Sequence[File], defaults: Mapping[str, Any], *, force: bool = False) -> Plan:
    """What `write` would do with the same arguments. Writes nothing; raises as `write`, but for conflicts."""
    try:
        return make_plan(root, files, read_lock(root), defaults, force=force)
    except OSError as error:
        raise FaultError(f"can't read {error.filename or root}: {error.strerror or error}") from error


def write(root: Path, files: Sequence[File], defaults: Mapping[str, Any], *, force: bool = False) -> Plan:
    """Write `files` and the record of them into the folder `root` (made if need be), all or nothing.

    `defaults` are what was filled in for the user; they are recorded. Gives what was done. `force`
    overwrites tierforge's own files that were changed by hand, never the user's.

    Raises FaultError, and has written nothing: for a file of tierforge's that was changed by hand (with
    the diff), a symbolic link or a folder in the way, a damaged record, what the operating system
    refuses. Raises TemplateBug for paths that no project can have.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with transaction(root) as staging:
            done = plan(root, files, defaults, force=force)
            if conflicts := done.having("conflict"):
                raise _refusal(root, conflicts)
            if changes := _changes(root, done):
                commit(root, staging, changes)
    except OSError as error:
        raise unwritable(root, error) from error
    return done


def check(root: Path, files: Sequence[File], defaults: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What `write` would touch, sorted by path; empty if everything is up to date. Writes nothing.

    A user's edit and a `.new` that waits to be merged are no difference. Raises as `plan`.
    """
    now = plan(root, files, defaults)
    found = [
        Difference(step.path, _what(step)) for step in now.having("create", "update", "aside", "remove", "conflict")
    ]
    if record := _record_change(root, now):
        found.append(Difference(LOCK_NAME, "missing" if record.before is None else "stale"))
    return tuple(sorted(found, key=lambda difference: difference.path))


def _what(step: Step) -> Literal["missing", "stale", "changed by hand"]:
    if step.action == "conflict":
        return "changed by hand"
    return "missing" if step.action == "create" else "stale"


def _changes(root: Path, plan: Plan) -> list[Change]:
    """The changes on disk, the record last: when it is in place, everything is."""
    changes = [
        Change(
            step.path,
            content_of(step.file) if step.file else None,
            step.before,
            bool(step.file and step.file.executable),
        )
        for step in plan.steps
        if step.action in WRITING
    ]
    record = _record_change(root, plan)
    return [*changes, record] if record else changes


def _record_change(root: Path, plan: Plan) -> Change | None:
    place = regular_file(root, LOCK_NAME)
    found = digest(place.read_bytes()) if place else None
    content = dump_lock(plan.lock).encode()
    return None if found == digest(content) else Change(LOCK_NAME, content, found)


def _refusal(root: Path, conflicts: Sequence[Step]) -> FaultError:
    names = ", ".join(step.path for step in conflicts)
    are = "is" if len(conflicts) == 1 else "are"
    lines = [line for step in conflicts for line in islice(_diff(root, step), _DIFF_LINES + 1)]
    if len(lines) > _DIFF_LINES:
        lines[_DIFF_LINES:] = ["… the rest is left out"]
    return FaultError("\n".join([f"{names} {are} not as tierforge left it; nothing was written", *lines]), _REMEDY)


def _diff(root: Path, step: Step) -> Iterator[str]:
    """From what is generated to what stands there: the lines with a plus are the edits by hand."""
    import difflib  # only a refusal pays for it

    generated = step.file.text if step.file else ""
    found = (root / step.path).read_bytes().decode(errors="replace")
    names = f"{step.path} (generated)", f"{step.path} (on disk)"
    for line in difflib.unified_diff(generated.splitlines(), found.splitlines(), *names, lineterm=""):
        yield _printable(line)[:_DIFF_WIDTH]


def _printable(line: str) -> str:
    """`line` without control characters: what was edited by hand must not steer the terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line.expandtabs())
