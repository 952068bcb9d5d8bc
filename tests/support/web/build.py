"""A rendered front end as it is published: built by npm, or as it stands where there is nothing to build."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.nodejs import cache_folder, installed


def published(web: Path, bucket: Path) -> None:
    """Put the files that `web` comes to into `bucket`. The same files are built once, and kept in the user's cache."""
    built = web if not (web / "package.json").exists() else _built(web)
    shutil.copytree(built, bucket, dirs_exist_ok=True)


def _built(web: Path) -> Path:
    kept = cache_folder() / f"web-{_digest(web)}"
    with _alone(kept.with_suffix(".lock")):
        if not kept.exists():
            modules = installed(web)
            with tempfile.TemporaryDirectory(dir=cache_folder()) as name:
                fresh = shutil.copytree(web, Path(name, "web"))
                # As links to the same files, for tools that look a module's own neighbours up by its path.
                shutil.copytree(modules, fresh / "node_modules", symlinks=True, copy_function=os.link)
                done = subprocess.run(["npm", "run", "build"], cwd=fresh, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr
                # Vite writes to dist/, Angular further below
                page = min((fresh / "dist").rglob("index.html"), key=lambda path: len(path.parts))
                page.parent.rename(kept)
    return kept


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait for other workers of the tests that build the same."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]
