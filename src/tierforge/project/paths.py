"""Paths of a project, checked: from a name in a list to a place below the root that is safe to write."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from tierforge.diagnostics import FaultError, TemplateBug

LOCK_NAME = "tierforge.lock"
STAGING_NAME = ".tierforge-staging"
ASIDE_SUFFIX = ".new"  # of a generated file beside the user's edited one

_DRIVE = re.compile(r"[A-Za-z]:")


def path_problem(path: str) -> str:
    """Why `path` can't be a file of the project, or "" if it can.

    It must be relative, written with forward slashes, stay below the root on every operating system
    and leave alone what the writer itself keeps there.
    """
    parts = path.split("/")
    if not path or "" in parts:
        return "it is empty, absolute or has an empty part"
    if "." in parts or ".." in parts:
        return "it has a part '.' or '..'"
    if "\\" in path or "\0" in path or _DRIVE.match(path):
        return "it has a backslash, a NUL or a drive letter"
    if folded(parts[0]) in (LOCK_NAME, STAGING_NAME):
        return "the name is taken by the writer itself"
    return ""


def check_paths(paths: Iterable[str]) -> None:
    """Refuse paths that can't all be files of one project on every operating system.

    Raises TemplateBug: paths are made by components from names that were validated long before.
    """
    seen: dict[str, str] = {}
    for path in paths:
        if problem := path_problem(path):
            raise TemplateBug(f"{path!r} can't be a generated file: {problem}")
        key = folded(path)
        if other := seen.get(key):
            raise TemplateBug(f"{other!r} and {path!r} would be one file where case is ignored")
        seen[key] = path
    for key, path in seen.items():
        for end, character in enumerate(key):
            if character == "/" and (other := seen.get(key[:end])):
                raise TemplateBug(f"{other!r} would have to be both a file and the folder of {path!r}")


def folded(path: str) -> str:
    """`path` as a file system sees it that ignores case and composes accents."""
    return unicodedata.normalize("NFC", path).casefold()


def regular_file(root: Path, path: str) -> Path | None:
    """The regular file at `path` below `root`, or None where nothing stands.

    Raises FaultError for a symbolic link anywhere on the way (what is written would land elsewhere)
    and for anything that isn't a folder on the way or a regular file at its end. The root itself may
    be a symbolic link: the user chose it.
    """
    place = root
    *folders, _ = parts = path.split("/")
    for depth, part in enumerate(parts):
        place = place / part
        try:
            mode = place.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            raise FaultError(
                f"{place} is a symbolic link: what is written to {path} would land elsewhere",
                "remove the link, or render into another folder with --out",
            )
        if depth < len(folders) and not stat.S_ISDIR(mode):
            raise FaultError(f"{place} is a file, but {path} needs a folder there", "move it out of the way")
        if depth == len(folders) and not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise FaultError(f"{place} is {kind}, but a file is to be written there", "move it out of the way")
    return place
