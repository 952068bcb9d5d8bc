"""The record of what was generated: `tierforge.lock`, from text to data and back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tierforge.diagnostics import FaultError
from tierforge.project.paths import LOCK_NAME, path_problem, regular_file

VERSION = 1

Owner = Literal["tierforge", "user"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CONFLICT_MARKER = re.compile(r"^(<{7}|>{7})( |$)", re.MULTILINE)
_NEW_RECORD = (
    f"restore it from version control, or delete it and render again: files equal to what is generated are "
    f"taken over, your changed ones stay and get the generated one beside them as .new ({LOCK_NAME})"
)


@dataclass(frozen=True)
class Entry:
    """What was generated for one path: the digest of its text, and whose the file is."""

    sha256: str
    owner: Owner


@dataclass(frozen=True)
class Lock:
    """The record of a project: an entry for each generated path, and the defaults that were used."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)


def digest(content: bytes) -> str:
    """The sha256 of `content`, in hex; CRLF counts as LF, so that git's autocrlf is no edit."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read_lock(root: Path) -> Lock | None:
    """The record in the folder `root`, or None if there is none.

    Raises FaultError, with the way out, for a record that is damaged, holds merge conflict markers or
    was written by a newer tierforge; OSError if it can't be read.
    """
    place = regular_file(root, LOCK_NAME)
    return None if place is None else _parse(place.read_bytes())


def dump_lock(lock: Lock) -> str:
    """`lock` as text: JSON, sorted, one file a line, so that a change of one file is a change of one line."""
    defaults = json.dumps(lock.defaults, indent=2, sort_keys=True, ensure_ascii=False)
    lines = [
        f'    {json.dumps(path, ensure_ascii=False)}: {{"owner": "{entry.owner}", "sha256": "{entry.sha256}"}}'
        for path, entry in sorted(lock.files.items())
    ]
    files = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "version": {VERSION},\n  "defaults": {_indented(defaults)},\n  "files": {files}\n}}\n'


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _parse(content: bytes) -> Lock:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _damaged("is not UTF-8") from None
    if _CONFLICT_MARKER.search(text):
        raise FaultError(
            f"{LOCK_NAME} has merge conflict markers",
            f"take either side (git checkout --theirs {LOCK_NAME}), then render again: it is made anew",
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"is not JSON ({error})") from None
    if not isinstance(data, dict) or type(version := data.get("version")) is not int:
        raise _damaged("has no version")
    if version > VERSION:
        raise FaultError(
            f"{LOCK_NAME} has format {version}, this tierforge knows {VERSION}",
            "it was written by a newer tierforge: upgrade with pip install --upgrade tierforge",
        )
    files, defaults = data.get("files"), data.get("defaults")
    if not isinstance(files, dict) or not isinstance(defaults, dict):
        raise _damaged("lacks files or defaults")
    return Lock({path: _entry(path, entry) for path, entry in files.items()}, defaults)


def _entry(path: str, entry: object) -> Entry:
    """The entry as a record. Its path is distrusted: a file that is no longer generated is removed by it."""
    if problem := path_problem(path):
        raise _damaged(f"names {path!r}: {problem}")
    match entry:
        case {"owner": "tierforge" | "user" as owner, "sha256": str(sha256)} if _DIGEST.fullmatch(sha256):
            return Entry(sha256, owner)
    raise _damaged(f"has an entry for {path!r} that isn't an owner and a sha256")


def _damaged(how: str) -> FaultError:
    return FaultError(f"{LOCK_NAME} is damaged: it {how}", _NEW_RECORD)
