"""Generated files, the record and what is on disk to a plan: what a render does to each file, and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tierforge.diagnostics import FaultError, TemplateBug
from tierforge.model import File
from tierforge.project.lock import Entry, Lock, Owner, digest
from tierforge.project.paths import ASIDE_SUFFIX, check_paths, folded, regular_file

Action = Literal[
    "create",  # nothing stands there
    "update",  # what stands there is what was generated before
    "unchanged",  # what stands there is what is generated now
    "kept",  # the user's edit of a file of theirs; what is generated has not changed
    "aside",  # the user's edit of a file of theirs; what is generated has changed and comes as .new
    "gone",  # the user deleted a file of theirs: it stays deleted
    "conflict",  # tierforge's file, changed by hand or in the place of something unknown
    "remove",  # tierforge's file, no longer generated and not changed
    "orphan",  # no longer generated, but the user's or changed by hand: left alone
]
WRITING: frozenset[Action] = frozenset({"create", "update", "aside", "remove"})


@dataclass(frozen=True)
class Step:
    """What happens to one path.

    `path` is the one that is touched (that of the `.new` file for `aside`), `file` what is generated
    for it (None if nothing is any more), `before` the digest of what stands there (None for nothing).
    """

    path: str
    action: Action
    owner: Owner
    file: File | None = None
    before: str | None = None


@dataclass(frozen=True)
class Plan:
    """What happens to each path, sorted by path, and the record as it is afterwards."""

    steps: tuple[Step, ...]
    lock: Lock

    def having(self, *actions: Action) -> tuple[Step, ...]:
        """The steps that are one of `actions`."""
        return tuple(step for step in self.steps if step.action in actions)


def make_plan(
    root: Path,
    files: Sequence[File],
    lock: Lock | None,
    defaults: Mapping[str, Any],
    *,
    force: bool = False,
) -> Plan:
    """What writing `files` into the folder `root` would do, given the record `lock` of the last time.

    `defaults` go into the new record. With `force`, a conflict is an update. Reads the disk, writes
    nothing. Raises TemplateBug for unusable paths, FaultError for what stands in the way (a symbolic
    link, a folder), OSError for what can't be read.
    """
    check_paths(file.path for file in files)
    before = lock.files if lock else {}
    steps = [_step(root, file, before.get(file.path)) for file in files]
    steps += _leftovers(root, before, (file.path for file in files))
    if force:
        steps = [_forced(step) for step in steps]
    after = {file.path: Entry(digest(content_of(file)), file.owner) for file in files}
    return Plan(tuple(sorted(steps, key=lambda step: step.path)), Lock(after, defaults))


def content_of(file: File) -> bytes:
    """The bytes of `file`. Raises TemplateBug for text that UTF-8 can't hold (half a surrogate pair)."""
    try:
        return file.text.encode()
    except UnicodeEncodeError as error:
        raise TemplateBug(f"{file.path} can't be written as UTF-8: {error}") from None


def _step(root: Path, file: File, entry: Entry | None) -> Step:
    last = entry.sha256 if entry else None
    generated = digest(content_of(file))
    found = _digest_at(root, file.path)

    def step(action: Action) -> Step:
        return Step(file.path, action, file.owner, file, found)

    if found is None:
        return step("gone" if entry and file.owner == "user" else "create")
    if found == generated:
        return step("update" if _lost_executable_bit(root, file) else "unchanged")
    if found == last:
        return step("update")
    if file.owner == "tierforge":
        return step("conflict")
    if last == generated:
        return step("kept")
    waiting = file.path + ASIDE_SUFFIX
    beside = _digest_at(root, waiting)
    if beside == generated:
        return step("kept")
    # A .new that isn't the last one generated is somebody's half-done merge.
    return Step(waiting, "aside" if beside in (None, last) else "conflict", file.owner, file, beside)


def _leftovers(root: Path, before: Mapping[str, Entry], generated: Iterable[str]) -> Iterator[Step]:
    """What is recorded but no longer generated; a path that only changed case is one file to some disks."""
    taken = {folded(path) for path in generated}
    for path, entry in before.items():
        if folded(path) in taken:
            continue
        try:
            found = _digest_at(root, path)
        except FaultError:  # a link or a folder by now: nothing that was generated
            yield Step(path, "orphan", entry.owner)
            continue
        if found is not None:
            removable = entry.owner == "tierforge" and found == entry.sha256
            yield Step(path, "remove" if removable else "orphan", entry.owner, before=found)


def _digest_at(root: Path, path: str) -> str | None:
    place = regular_file(root, path)
    return None if place is None else digest(place.read_bytes())


def _lost_executable_bit(root: Path, file: File) -> bool:
    mine = file.owner == "tierforge" and file.executable and os.name == "posix"
    return mine and not (root / file.path).stat().st_mode & 0o100


def _forced(step: Step) -> Step:
    if step.action != "conflict" or step.file is None:
        return step
    return replace(step, action="update" if step.path == step.file.path else "aside")
