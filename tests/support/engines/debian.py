"""Programs that Debian packages: the machine's own, else unpacked into a folder, without root and without Docker."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.servers import owner

INSTALLED = "/usr/local/bin:/usr/bin:/usr/sbin:/opt/homebrew/bin"
FETCH_SECONDS = 120


@dataclass(frozen=True)
class Programs:
    """Where programs lie (`folder` as Debian lays them out) and what they find their libraries by."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Path:
        found = shutil.which(name, path=os.pathsep.join(str(self.folder / place) for place in ("bin", "sbin")))
        return Path(found or shutil.which(name, path=INSTALLED) or self.folder / "bin" / name)


def programs(package: str, *names: str, into: Path | None, beside: tuple[str, ...] = ()) -> Programs:
    """Programs `names` of `package`, which needs `beside`. What is not installed is fetched once into the user's cache.

    `into` is the server's folder, for a server that may not enter the user's; None for what runs as the user. Skips the
    test where there is no way.
    """
    if all(shutil.which(name, path=INSTALLED) for name in names):
        return Programs(Path("/usr"))
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        pytest.skip(f"{names[0]} is not installed, and there is no apt-get to fetch it (Debian: {package})")
    unpacked = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tierforge-tests" / package
    if not unpacked.exists() and (trouble := _fetch([package, *beside], unpacked)):
        pytest.skip(f"{names[0]} is not installed, and apt-get could not fetch {package}: {trouble}")
    if into and owner():
        unpacked = shutil.copytree(unpacked, into / "programs", symlinks=True)
    folder = unpacked / "usr"
    libraries = [str(path.parent) for path in sorted(folder.glob("lib/**/*.so*"))]
    return Programs(folder, {"LD_LIBRARY_PATH": os.pathsep.join(dict.fromkeys(libraries))})


def _fetch(packages: list[str], unpacked: Path) -> str:
    """Download `packages` and what the machine lacks of their dependencies; what went wrong, or ""."""
    unpacked.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=unpacked.parent) as name:
        archives, files = Path(name), Path(name) / "files"
        if trouble := _download(packages, archives):
            return trouble
        for archive in archives.glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", archive, files], check=True)
        with suppress(OSError):  # another worker of the tests was quicker
            files.rename(unpacked)
    return ""


def _download(packages: list[str], archives: Path) -> str:
    lists = archives / "lists"
    for folder in (archives / "partial", lists / "partial"):
        folder.mkdir(parents=True)
    own = ["-o", f"Dir::Cache={archives}", "-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=true"]
    fetch = ["install", "--download-only", "--yes", "--no-install-recommends", *packages]
    trouble = _apt(*own, *fetch)
    if trouble:  # a new container has no lists of packages: get them, for these servers alone
        own += ["-o", f"Dir::State::lists={lists}", "-o", "APT::Sandbox::User=", "-o", "Acquire::Retries=2"]
        trouble = _apt(*own, "update") or _apt(*own, *fetch)
    return trouble


def _apt(*arguments: str) -> str:
    try:
        done = subprocess.run(["apt-get", "-q", *arguments], capture_output=True, text=True, timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer in {FETCH_SECONDS} seconds"
    return (done.stderr.strip() or done.stdout.strip()).splitlines()[-1] if done.returncode else ""
