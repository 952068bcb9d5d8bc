"""Files that are there as a whole or not at all, on a file system that many functions have mounted.

A file is never written into: a new one takes its place, and of those who try at once one succeeds.
There are no locks, which a function that is stopped would leave behind. Whoever wants to replace a
version of a file

1. puts the new file beside it, under a name that nobody else has;
2. claims to follow that version, with a symbolic link to the new file that is named after it;
3. makes sure that the version is still there, and renames the new file.

Who finds a claim gives its owner a moment, deletes the owner's new file, so that step 3 fails there,
and claims to follow that one. Only steps that the file system makes as one decide, never a clock.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import errors

WAIT_SECONDS = 5  # until others have let us have our turn
PATIENCE_SECONDS = 0.5  # with one of them, who needs a few hundredths
POLL_SECONDS = 0.02
LONGEST = 200  # of a name before its suffix, in bytes; file systems take 255
# The file system is out of reach, or of room for the moment.
BUSY = {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.EDQUOT}
GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE}

T = TypeVar("T")


def name(text: str) -> str:
    """What stands for `text` in a path: letters, digits, - _ ~ and %, so that no text leads anywhere else."""
    quoted = quote(text, safe="").replace(".", "%2E")
    # No quoted text begins with %%: a digest is never taken for one.
    return quoted if len(quoted) <= LONGEST else f"%%{hashlib.sha256(text.encode()).hexdigest()}"


def read(path: Path) -> bytes | None:
    """The file's content; None if there is none."""
    with _file_errors():
        return _found(path, Path.read_bytes) or None  # an empty file is one that is being removed


def names(folder: Path, suffix: str) -> Sequence[str]:
    """The names of a folder's files with this suffix, without it, in order."""
    with _file_errors():
        there = _found(folder, os.listdir) or []
    return sorted(each.removesuffix(suffix) for each in there if each.endswith(suffix))


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


def replace(path: Path, content: bytes, check: Callable[[bytes], object]) -> bool:
    """Put `content` in the place of the file's, unless `check` of that raises; whether there was a file.

    What was checked is what is replaced. Raises Unavailable if others always come first.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := read(path)) is not None:
        check(found)
        if _replaced(path, found, content):
            return True
        if time.monotonic() > deadline:
            raise errors.Unavailable
    return False


def remove(path: Path, check: Callable[[bytes], object]) -> bool:
    """Delete the file, unless `check` of its content raises; whether there was one.

    An empty file takes its place first. Nothing replaces that, so that nobody else's file is deleted.
    """
    if not replace(path, b"", check):
        return False
    with _file_errors():
        path.unlink()
    return True


def _replaced(path: Path, found: bytes, content: bytes) -> bool:
    """Whether `content` has taken the place of `found`, which somebody else may have replaced."""
    with _file_errors(), _written(path, content) as new:
        claims = _claims(path, found, new)
        if read(path) != found:
            claims[-1].unlink(missing_ok=True)
            return False
        try:
            new.rename(path)
        except FileNotFoundError:  # we took too long: the claim stays, as others follow it
            return False
        for claim in claims:
            claim.unlink(missing_ok=True)
    return True


def _claims(path: Path, found: bytes, new: Path) -> list[Path]:
    """The claims from `found` on; the last of them is that of `new`."""
    claims: list[Path] = []
    followed = "." + hashlib.sha256(path.name.encode() + b"/" + found).hexdigest()
    while True:
        claims.append(path.with_name(f"{followed}.next"))
        try:
            claims[-1].symlink_to(new.name)
        except FileExistsError:
            with suppress(FileNotFoundError):  # if it is gone, `found` is too, and we will see that
                followed = claims[-1].readlink().name
                _end(path, found, path.with_name(followed))
        else:
            return claims


def _end(path: Path, found: bytes, other: Path) -> None:
    """Let the file `other` take the place of `found`, if it does so soon; then it never will."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while other.exists() and read(path) == found and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    other.unlink(missing_ok=True)


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


def _found(path: Path, look: Callable[[Path], T]) -> T | None:
    """What `look` gives for a path; None if there is nothing.

    For up to a minute, a client of NFS believes what it knew of a name, or that there was none. Where
    it opens the folder, it asks; and what is replaced while it is read is looked for once more.
    """
    for folders in ([path.parent], path.parents[::-1]):
        try:
            for folder in folders:
                os.scandir(folder).close()
            return look(path)
        except OSError as error:
            if error.errno not in GONE:
                raise
            gone = error
    if gone.errno == errno.ESTALE:
        raise gone
    return None


@contextmanager
def _file_errors() -> Iterator[None]:
    """Tell what the caller may try again from what is wrong with us."""
    try:
        yield
    except OSError as error:
        if error.errno in BUSY:
            raise errors.Unavailable from error
        raise
