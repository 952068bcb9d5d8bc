"""The code that a blueprint of the repository comes to, written to disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from support.rendered import rendered, variant


def few(names: Iterable[str], *quick: str) -> list[Any]:
    """Parameters of a test that takes seconds for each, such as a function's own tests: those not `quick` are slow."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in names]


def emitted(name: str, folder: Path, **more: Any) -> Path:
    """Write the functions and migrations of the blueprint `name` into `folder`, as a build lays them out.

    `more` is laid over what the blueprint says.
    """
    for file in (variant(name, **more) if more else rendered(name)).files:
        if file.path.startswith(("functions/", "migrations/")):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
    for made in (folder / "migrations").glob("*"):
        (folder / "functions" / f"{made.name}-migrate" / "migrations").symlink_to(made)
    return folder
