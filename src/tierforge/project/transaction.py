"""Changes to a folder, all or none of them, even if the process is killed at any instant.

Everything new is staged in a hidden folder inside the target (so that it is on the same file system)
and flushed to the disk; then a journal says what is to be done, and from that moment on it will be:
by this process, or by the next command, which finds the journal. Before that moment nothing has
happened, and the next command throws the staging away.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tierforge.diagnostics import FaultError
from tierforge.project.lock import digest
from tierforge.project.mutex import MUTEX_NAME, exclusive
from tierforge.project.paths import ASIDE_SUFFIX, LOCK_NAME, STAGING_NAME, path_problem, regular_file

_JOURNAL = "journal.json"


@dataclass(frozen=True)
class Change:
    """A file to be written, or removed where `content` is None.

    `before` is the digest of what was found there (None for nothing): what has become something else
    meanwhile is not overwritten. It does not count for the record itself.
    """

    path: str
    content: bytes | None
    before: str | None
    executable: bool = False


@dataclass(frozen=True)
class _Move:
    """A line of the journal: `staged` is the name in the staging folder, None to remove `path`."""

    path: str
    staged: str | None
    before: str | None


@contextlib.contextmanager
def transaction(root: Path) -> Iterator[Path]:
    """Have the folder `root` for this process alone, whole; gives the staging folder for `commit`.

    What an interrupted process left behind is completed or discarded first. Raises FaultError if
    another process holds the folder for too long, or the staging folder isn't one.
    """
    staging = root / STAGING_NAME
    with exclusive(staging):
        _settle(root, staging)
        try:
            yield staging
        finally:
            if not (staging / _JOURNAL).exists():
                _discard(staging)


def recover(root: Path) -> Literal["completed", "discarded"] | None:
    """Make the folder `root` whole after a process was killed in it; None if there was nothing to do.

    Call it before reading a project. Raises FaultError if that fails; waits for a process at work.
    """
    staging = root / STAGING_NAME
    if not os.path.lexists(staging):
        return None
    try:
        with exclusive(staging):
            done = _settle(root, staging)
            _discard(staging)
            return done
    except OSError as error:
        raise unwritable(root, error) from error


def unwritable(root: Path, error: OSError) -> FaultError:
    """What the operating system said, as a fault."""
    return FaultError(f"can't write {error.filename or root}: {error.strerror or error}")


def commit(root: Path, staging: Path, changes: Sequence[Change]) -> None:
    """Do all `changes` below `root`, in order, or none. Raises OSError: then none has been done, unless
    the disk failed between two renames; the journal stays in that case and `recover` completes it.
    """
    moves = [_stage(root, staging, number, change) for number, change in enumerate(changes)]
    _flush_folder(staging)
    draft = staging / f"{_JOURNAL}.draft"
    _write_new(draft, json.dumps([asdict(move) for move in moves]).encode(), executable=False)
    draft.replace(staging / _JOURNAL)
    _flush_folder(staging)
    _settle(root, staging)


def _stage(root: Path, staging: Path, number: int, change: Change) -> _Move:
    _check_replaceable(root, staging, change.path)
    if change.content is None:
        return _Move(change.path, None, change.before)
    staged = staging / str(number)
    _write_new(staged, change.content, executable=change.executable)
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE((root / change.path).stat().st_mode)
        staged.chmod(mode | (mode & 0o444) >> 2 if change.executable else mode)
    return _Move(change.path, staged.name, change.before)


def _check_replaceable(root: Path, staging: Path, path: str) -> None:
    """Find out before the first rename what would make a later one fail."""
    regular_file(root, path)
    folder = (root / path).parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    if folder.stat().st_dev != staging.stat().st_dev:
        raise FaultError(
            f"{folder} is on another file system than {root}: its files can't be replaced together",
            "render into another folder with --out",
        )


def _write_new(place: Path, content: bytes, *, executable: bool) -> None:
    """A new file, flushed to the disk, with the permissions that the process's umask allows."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(place, flags, 0o777 if executable else 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(root: Path, staging: Path) -> Literal["completed", "discarded"] | None:
    """Do what the journal says, then throw the staging away; safe to be cut off and done again."""
    journal = staging / _JOURNAL
    leftovers = _contents(staging)
    if journal in leftovers:
        moves = _read_journal(journal)
        for move in moves:
            _do(root, staging, move)
        for folder in {parent for move in moves for parent in Path(move.path).parents}:
            _flush_folder(root / folder)
        journal.unlink()
        _flush_folder(staging)
    for leftover in _contents(staging):
        leftover.unlink()
    if journal in leftovers:
        return "completed"
    return "discarded" if leftovers else None


def _read_journal(journal: Path) -> list[_Move]:
    """The journal, distrusted: it may have come with a project from elsewhere."""
    damaged = FaultError(f"{journal} is damaged", f"remove the folder {journal.parent}, then render again with --force")
    try:
        moves = [_Move(**line) for line in json.loads(journal.read_bytes())]
    except (ValueError, TypeError, RecursionError):
        raise damaged from None
    for move in moves:
        sound = isinstance(move.path, str) and (move.path == LOCK_NAME or not path_problem(move.path))
        if not sound or not (move.staged is None or str(move.staged).isdecimal()):
            raise damaged
    return moves


def _do(root: Path, staging: Path, move: _Move) -> None:
    target = root / move.path
    place = regular_file(root, move.path)
    found = digest(place.read_bytes()) if place else None
    as_planned = found == move.before or move.path == LOCK_NAME
    if move.staged is None:
        if as_planned or found is None:  # None: removed just before the process was killed
            target.unlink(missing_ok=True)
            _remove_empty_folders(root, target.parent)
        return
    staged = regular_file(staging, str(move.staged))
    if staged is None:  # done before the process was killed
        return
    if not as_planned:
        target = target.with_name(target.name + ASIDE_SUFFIX)
    target.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(target)


def _remove_empty_folders(root: Path, folder: Path) -> None:
    """Remove `folder` and the folders above it up to the first that isn't empty."""
    with contextlib.suppress(OSError):
        while folder != root:
            with contextlib.suppress(FileNotFoundError):
                folder.rmdir()
            folder = folder.parent


def _contents(staging: Path) -> list[Path]:
    return [place for place in staging.iterdir() if place.name != MUTEX_NAME]


def _discard(staging: Path) -> None:
    """Remove the staging folder; the mutex last and still held, so that whoever waits sees it is gone."""
    with contextlib.suppress(OSError):
        for place in [*_contents(staging), staging / MUTEX_NAME]:
            place.unlink()
        staging.rmdir()


def _flush_folder(folder: Path) -> None:
    """Make renames in `folder` durable, if it is still there; only POSIX systems can open a folder."""
    if os.name != "posix" or not folder.is_dir():
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
