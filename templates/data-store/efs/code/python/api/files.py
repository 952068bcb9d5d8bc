"""Files that are there as a whole or not at all, on a file system that many functions have mounted."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import errors

LOCK_SECONDS = 5
POLL_SECONDS = 0.05
LONGEST = 200  # of a name before its suffix, in bytes; file systems take 255
# The file system is out of reach, or of room for the moment.
BUSY = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.ENOLCK, errno.EDQUOT}


def name(text: str) -> str:
    """What stands for `text` in a path: letters, digits, - _ ~ and %, so that no text leads anywhere else."""
    quoted = quote(text, safe="").replace(".", "%2E")
    # No quoted text begins with %%: a digest is never taken for one.
    return quoted if len(quoted) <= LONGEST else f"%%{hashlib.sha256(text.encode()).hexdigest()}"


def read(path: Path) -> bytes | None:
    """The file's content; None if there is none."""
    with _file_errors(), suppress(FileNotFoundError, NotADirectoryError):
        return path.read_bytes()
    return None


def create(path: Path, content: bytes) -> bool:
    """Make the file, unless there is one; whether it was made."""
    with _file_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        with _written(path, content) as new:
            try:
                os.link(new, path)  # takes the place of nothing, and shows all or nothing
            except FileExistsError:
                return False
    return True


def replace(path: Path, content: bytes) -> None:
    """Put a file with `content` in the place of the one that is `held`."""
    with _file_errors(), _written(path, content) as new:
        new.rename(path)


def remove(path: Path) -> None:
    """Delete the file that is `held`."""
    with _file_errors():
        path.unlink()


def names(folder: Path, suffix: str) -> Sequence[str]:
    """The names of a folder's files with this suffix, without it, in order."""
    with _file_errors(), suppress(FileNotFoundError):
        return sorted(path.name.removesuffix(suffix) for path in folder.glob(f"*{suffix}"))
    return []


@contextmanager
def held(path: Path) -> Iterator[bytes | None]:
    """The file's content, which nobody else changes before the block ends; None if there is none.

    Raises Unavailable if somebody else holds it for long. The lock of a function that was stopped
    goes when its lease on the file system does.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        with _file_errors():
            try:
                file = path.open("r+b")
            except (FileNotFoundError, NotADirectoryError):
                file = None
        if file is None:
            yield None
            return
        with file:
            if _locked(file.fileno()) and _is_still(path, file.fileno()):
                yield file.read()
                return
        if time.monotonic() > deadline:
            raise errors.Unavailable
        time.sleep(POLL_SECONDS)


def _locked(descriptor: int) -> bool:
    with _file_errors():
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the file that is open has not been replaced or deleted while its lock was waited for."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def _written(path: Path, content: bytes) -> Iterator[Path]:
    """A new file beside `path` with `content`, on disk; whatever becomes of it, none of it is left."""
    new = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with new.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield new
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def _file_errors() -> Iterator[None]:
    """Tell what the caller may try again from what is wrong with us."""
    try:
        yield
    except OSError as error:
        if error.errno in BUSY:
            raise errors.Unavailable from error
        raise
