"""The code that a blueprint of the repository comes to, written to disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.rendered import rendered, variant


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
