"""YAML that is tierforge's own, read by the fastest loader there is."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tierforge import __version__, cache

_FILES = "files"  # the kind of cache entry
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may be built without libyaml


class Loader(_BASE):  # type: ignore[misc]
    """PyYAML's fastest safe loader, which remembers what it found out of a text's type."""

    resolve = staticmethod(functools.lru_cache(maxsize=16_384)(_BASE("").resolve))


def parse_yaml(text: str) -> Any:
    """The data in `text`. Raises yaml.YAMLError where it is no YAML."""
    return yaml.load(text, Loader=Loader)


@functools.cache
def read_yaml(path: Path) -> Any:
    """The data in the file at `path`: the same for whoever asks, to be read only. Raises OSError and yaml.YAMLError."""
    return _parsed(path)


def read_yaml_files(files: Iterable[Path], *, cached: bool = True) -> dict[Path, Any]:
    """The data in each file as it is now.

    With `cached`, files that are as old and as large as before are not parsed again: parsing takes thirty times
    as long as reading what was kept.
    """
    seen = {file: file.stat() for file in files}
    states = [__version__, *(f"{file} {state.st_mtime_ns} {state.st_size}" for file, state in seen.items())]
    key = hashlib.sha256("\n".join(states).encode()).hexdigest()
    kept = cache.load(_FILES, key) if cached else None
    if isinstance(kept, list) and len(kept) == len(seen):
        return dict(zip(seen, kept, strict=True))
    data = {file: _parsed(file) for file in seen}
    if cached and _is_json(list(data.values())):
        cache.store(_FILES, key, list(data.values()))
    return data


def _parsed(path: Path) -> Any:
    with path.open(encoding="utf-8") as stream:  # whose name stands in what the loader complains of
        return yaml.load(stream, Loader=Loader)


def _is_json(data: Any) -> bool:
    """Whether `data` can be kept: YAML also knows dates, and keys that are numbers."""
    try:
        return bool(json.loads(json.dumps(data)) == data)
    except TypeError:
        return False
