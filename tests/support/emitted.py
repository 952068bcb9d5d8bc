"""The code that a blueprint of the repository comes to, written to disk."""

from __future__ import annotations

from pathlib import Path

from support.rendered import rendered


def emitted(name: str, folder: Path) -> Path:
    """Write the functions and migrations of the blueprint `name` into `folder`, as a build lays them out."""
    for file in rendered(name).files:
        if file.path.startswith(("functions/", "migrations/")):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
    for made in (folder / "migrations").glob("*"):
        (folder / "functions" / f"{made.name}-migrate" / "migrations").symlink_to(made)
    return folder
