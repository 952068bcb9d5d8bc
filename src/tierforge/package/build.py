"""Functions' folders and their dependencies, turned into zips for Lambda's platform without Docker."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierforge.diagnostics import FaultError
from tierforge.package.archive import Entry, collect, digest, write_zip
from tierforge.package.dependencies import Target, installed

UNZIPPED_LIMIT = 262_144_000  # bytes, code and layers together: Lambda quotas, "Deployment package size"


@dataclass(frozen=True)
class Package:
    """A function to build.

    `folder` and the first of each pair of `includes` are relative to the project; the second is the
    place in the zip. `runtime` is Lambda's identifier (`python3.14`), `architecture` is `arm64` or
    `x86_64`. `recipe` is the `build` block of the runtime's component: what installs dependencies
    (see `tierforge.dependencies`), and in `exclude` the globs of what stays out, of `code` (and beside these of a
    `zip` or an `image`) and of `dependencies`.
    """

    name: str
    folder: str
    includes: tuple[tuple[str, str], ...]
    runtime: str
    architecture: str
    recipe: Mapping[str, Any]


@dataclass(frozen=True)
class Artifact:
    """A built zip at `path`; `size` and `unzipped` are bytes.

    `sha256` is the digest of what is in the zip (names, modes, contents), the same on every machine.
    """

    name: str
    path: Path
    sha256: str
    size: int
    unzipped: int


def build(packages: Sequence[Package], project: Path, out: Path, progress: Callable[[str], None]) -> list[Artifact]:
    """Builds one zip a package, `<out>/<name>/<first 32 of sha256>.zip`, and drops those it replaces.

    Dependencies are kept under `<out>/.cache`, so that what is unchanged is not installed again.
    `progress` is told what is being done, a line at a time.

    Raises FaultError: a folder is missing, a file can't be packed, the installer is missing or fails,
    a package is larger than Lambda takes.
    """
    return [_build(package, project, out, progress) for package in packages]


def object_key(application: str, artifact: Artifact) -> str:
    """The zip's key in the artifact bucket: it names the content, so nothing else ever stands there."""
    return f"{application}/{artifact.name}/{artifact.path.name}"


def _build(package: Package, project: Path, out: Path, progress: Callable[[str], None]) -> Artifact:
    exclude = package.recipe["exclude"]
    entries = sources(package, project, "zip")
    target = Target(package.name, package.runtime, package.architecture, package.recipe)
    tree = installed(target, project / package.folder, out / ".cache", progress)
    if tree:
        entries += collect(tree, exclude=exclude["dependencies"])
    entries = without_clash(package.name, entries)
    unzipped = _within_limit(package.name, entries)
    sha256, path = _zip(entries, out / package.name)
    size = path.stat().st_size
    progress(f"{package.name}: {_megabytes(size)} zipped, {_megabytes(unzipped)} unzipped")
    return Artifact(package.name, path, sha256, size, unzipped)


def sources(package: Package, project: Path, form: str) -> list[Entry]:
    """The function's own files that go into its zip or image (`form`), with those of the folders that it includes."""
    exclude = package.recipe["exclude"]
    patterns = [*exclude["code"], *exclude[form]]
    parts = [(package.folder, ""), *package.includes]
    return [entry for folder, place in parts for entry in collect(project / folder, place, patterns)]


def _zip(entries: Sequence[Entry], folder: Path) -> tuple[str, Path]:
    """The digest of `entries` and their zip in `folder`, the only one there; written unless it exists."""
    sha256 = digest(entries)
    path = _named(folder, sha256)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            written = Path(unfinished, "zip")
            sha256 = write_zip(entries, written)  # of what was read now: a file may just have changed
            path = written.replace(_named(folder, sha256))
    for other in set(folder.glob("*.zip")) - {path}:
        other.unlink(missing_ok=True)
    return sha256, path


def _named(folder: Path, sha256: str) -> Path:
    return folder / f"{sha256[:32]}.zip"


def without_clash(name: str, entries: Iterable[Entry]) -> list[Entry]:
    """`entries`, once each. Raises FaultError if two unlike files want the same place."""
    placed: dict[str, Entry] = {}
    for entry in entries:
        there = placed.setdefault(entry.name, entry)
        if there is not entry and there.source.read_bytes() != entry.source.read_bytes():
            raise FaultError(
                f"{name}: two files would be {entry.name} in the package: {there.source} and {entry.source}",
                "rename the one in the function's folder: it would hide the other when imported",
            )
    if not placed:
        raise FaultError(f"{name}: the function has no file", "run `tierforge render` to write its handler")
    return list(placed.values())


def _within_limit(name: str, entries: Iterable[Entry]) -> int:
    """The bytes of `entries`. Raises FaultError, naming the largest, if Lambda would refuse them."""
    sizes: Counter[str] = Counter()
    for entry in entries:
        sizes[entry.name.partition("/")[0]] += entry.size
    total = sizes.total()
    if total > UNZIPPED_LIMIT:
        largest = ", ".join(f"{part} {_megabytes(size)}" for part, size in sizes.most_common(3))
        raise FaultError(
            f"{name}: {_megabytes(total)} unzipped, Lambda takes {_megabytes(UNZIPPED_LIMIT)}",
            f"the largest are {largest}: drop what the function does not need, or use `package: image`",
        )
    return total


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB"
