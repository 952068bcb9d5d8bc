"""Folders on disk, turned into one zip whose bytes depend on names, modes and contents alone."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tierforge.diagnostics import FaultError

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can tell
_LEVEL = 9


@dataclass(frozen=True)
class Entry:
    """A file that goes into a zip: `name` inside it, `source` on disk, `size` in bytes."""

    name: str
    source: Path
    size: int
    executable: bool


def collect(folder: Path, prefix: str = "", exclude: Sequence[str] = ()) -> list[Entry]:
    """The files below `folder`, named `prefix`/…, without those that `exclude` matches.

    A pattern of `exclude` is a glob; it leaves out an entry if it matches one part of its path
    (`tests`, `*.pyc`) or the whole of it, where `*` crosses slashes (`bin/*`). Links are followed as
    long as they stay inside `folder`.

    Raises FaultError: no such folder, a link that leaves it, goes round or leads nowhere, a file that
    is not a regular one, a name that is not UTF-8.
    """
    if not folder.is_dir():
        raise FaultError(f"{folder}: there is no such folder", "run `tierforge render` to write it")
    stem = f"{prefix}/" if prefix else ""
    return [_entry(path, stem + name) for path, name in _walk(folder, "", exclude, folder.resolve())]


def write_zip(entries: Iterable[Entry], path: Path) -> str:
    """Writes `entries` to `path` and returns their digest, as `digest` would.

    The same entries give the same bytes on every day and under every umask: sorted names, one date,
    modes 0644 or 0755 and nothing else of the file system.
    """
    seen = hashlib.sha256()
    with zipfile.ZipFile(path, "w") as archive:
        for entry in _sorted(entries):
            content = entry.source.read_bytes()
            _add(seen, entry, content)
            info = zipfile.ZipInfo(entry.name, _EPOCH)
            info.create_system = 3  # Unix, on every system: else the modes are not read
            info.external_attr = (stat.S_IFREG | (0o755 if entry.executable else 0o644)) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED, _LEVEL)
    return seen.hexdigest()


def digest(entries: Iterable[Entry]) -> str:
    """SHA-256, in hex, of the names, modes and contents of `entries`.

    Not of the zip: zlib compresses differently from one build to the next, and the same code from
    another machine must not look like a change.
    """
    seen = hashlib.sha256()
    for entry in _sorted(entries):
        _add(seen, entry, entry.source.read_bytes())
    return seen.hexdigest()


def _sorted(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.name)


def _add(seen: hashlib._Hash, entry: Entry, content: bytes) -> None:
    name = entry.name.encode()
    seen.update(b"%d:%b:%d:%d:" % (len(name), name, entry.executable, len(content)))
    seen.update(content)


def _walk(folder: Path, above: str, exclude: Sequence[str], root: Path) -> Iterator[tuple[Path, str]]:
    """The files below `folder` with their names relative to `root`, whatever order the disk has."""
    for path in folder.iterdir():
        name = above + path.name
        if any(fnmatchcase(path.name, glob) or fnmatchcase(name, glob) for glob in exclude):
            continue
        if path.is_symlink():
            _check_link(path, root)
        if path.is_dir():
            yield from _walk(path, f"{name}/", exclude, root)
        else:
            yield path, name


def _check_link(link: Path, root: Path) -> None:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: a circle, up to Python 3.12
        raise FaultError(f"{link}: the link leads nowhere", "remove it or mend its target") from error
    if not target.is_relative_to(root):
        raise FaultError(
            f"{link}: the link leads out of the function's folder, to {link.readlink()}",
            "copy what it points to: a package holds nothing from elsewhere by accident",
        )
    if target.is_dir() and link.parent.resolve().is_relative_to(target):
        raise FaultError(f"{link}: the link points to a folder that holds it", "remove it")


def _entry(path: Path, name: str) -> Entry:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise FaultError(f"{name!a}: the name of the file is not UTF-8", "rename it") from error
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise FaultError(f"{path}: neither a file nor a folder", "remove it")
    return Entry(name, path, status.st_size, bool(status.st_mode & 0o111))
