"""Results kept between runs in the user's cache folder; whatever goes wrong there only costs time."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

_MOST_ENTRIES = 200


def cache_folder() -> Path | None:
    """Where the operating system wants tierforge's cache; not made. None if the user has no home folder.

    `$XDG_CACHE_HOME/tierforge` (ignored unless absolute, as the XDG Base Directory Specification asks),
    else `~/.cache/tierforge`; on macOS `~/Library/Caches/tierforge`; on Windows `tierforge\\Cache` in
    `%LOCALAPPDATA%`.
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~\\AppData\\Local") + "\\tierforge\\Cache"
    elif sys.platform == "darwin":
        base = "~/Library/Caches/tierforge"
    else:
        given = os.environ.get("XDG_CACHE_HOME", "")
        base = (given if given.startswith("/") else "~/.cache") + "/tierforge"
    folder = Path(os.path.expanduser(base))  # noqa: PTH111, Path's own raises where there is no home
    return folder if folder.is_absolute() else None


def load(kind: str, key: str) -> Any:
    """The JSON value stored for `key` (a file name) among those of `kind`; None if none can be read."""
    place = _place(kind, key)
    if place is None:
        return None
    try:
        return json.loads(place.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def store(kind: str, key: str, value: Any) -> None:
    """Keep the JSON `value` for `key`, in place of an earlier one; the oldest of `kind` make room.

    Another process sees either no value or all of it.
    """
    place = _place(kind, key)
    if place is None:
        return
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{os.urandom(8).hex()}")
        try:
            draft.write_text(json.dumps(value), encoding="utf-8")
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        _make_room(place.parent)


def _place(kind: str, key: str) -> Path | None:
    folder = cache_folder()
    return folder / kind / f"{key}.json" if folder else None


def _make_room(folder: Path) -> None:
    entries = sorted(folder.iterdir(), key=lambda place: place.stat().st_mtime, reverse=True)
    for place in entries[_MOST_ENTRIES:]:
        place.unlink()
