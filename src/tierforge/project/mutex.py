"""One process at a time in a folder: a lock of the operating system, which it lets go when a process dies."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tierforge.diagnostics import FaultError

MUTEX_NAME = "mutex"
PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.02


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold `folder` (made if need be, its parent must exist) for this process; wait for another to finish.

    The holder may remove the folder when done. Raises FaultError after PATIENCE_SECONDS, or if `folder`
    is something else than a folder; OSError if it can't be made.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (descriptor := _try(folder)) is None:
        if time.monotonic() > deadline:
            raise FaultError(
                f"another tierforge has been writing to {folder.parent} for {PATIENCE_SECONDS:.0f} seconds",
                "wait for it to end, then try again",
            )
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)
        if os.name != "posix":  # an open file can't be removed there
            with contextlib.suppress(OSError):
                (folder / MUTEX_NAME).unlink()
                folder.rmdir()


def _try(folder: Path) -> int | None:
    """The open, locked file, or None if it is another's or was removed by the one who held it."""
    mutex = folder / MUTEX_NAME
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    if folder.is_symlink() or not folder.is_dir():
        if not os.path.lexists(folder):
            return None  # removed at this very moment
        raise FaultError(f"{folder} is not a folder", "remove it: tierforge prepares its files there")
    try:
        descriptor = os.open(mutex, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except FileNotFoundError:
        return None
    with contextlib.suppress(FileNotFoundError):
        if _lock(descriptor) and os.path.samestat(os.fstat(descriptor), mutex.stat()):
            return descriptor
    os.close(descriptor)
    return None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
