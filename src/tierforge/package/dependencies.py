"""What a function's manifest asks for, turned into a folder of packages for Lambda's platform.

How is data of the runtime's component, the recipe:

| key | says |
|---|---|
| `manifest` | the file of the function's folder that names dependencies |
| `asks` | a pattern of a manifest that asks for anything |
| `local` | a pattern of one that names something on this disk: then nothing is cached (optional) |
| `brings` | files that the installer wants in its target, if the function's folder has them (optional) |
| `machines` | Lambda's architectures, as the installer calls them |
| `platforms` | names of compatible platforms, best first, by runtime or under `default` (optional) |
| `environment` | variables for the installer, over the user's own (optional) |
| `probe` | a command that succeeds if the installer is there; `missing` and `remedy` tell that it is not |
| `install` | the command; a list in it is repeated for each platform |
| `locked` | the command in its place where the folder has the file `lock`, which pins everything (optional) |
| `check` | a command that prints what the installed folder lacks, a line each (optional) |
| `hints` | pairs of `match`, a pattern of the installer's output, and the `hint` to give; first match wins |

`{python}`, `{version}` (the runtime's), `{machine}`, `{platform}`, `{manifest}` and `{target}` are filled in.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierforge.diagnostics import FaultError
from tierforge.package.commands import fill, hint, last_words, run


@dataclass(frozen=True)
class Target:
    """What dependencies are installed for; `name` is the function's, for messages."""

    name: str
    runtime: str
    architecture: str
    recipe: Mapping[str, Any]


def installed(target: Target, folder: Path, cache: Path, progress: Callable[[str], None]) -> Path | None:
    """The folder below `cache` with the dependencies of the function in `folder`; None if it has none.

    Installs them unless the same manifest was installed for the same target before.

    Raises FaultError: the installer is missing, fails, or left something out.
    """
    manifest = folder / target.recipe["manifest"]
    text, local = _text(manifest), target.recipe.get("local")
    if not re.search(target.recipe["asks"], text):
        return None
    cache = cache.resolve()  # the installer runs in the function's folder
    tree = cache / _key(target, [text, *(_text(path) for path in _brought(target, folder))])
    if tree.exists() and not (local and re.search(local, text)):
        return tree
    progress(f"{target.name}: installing dependencies for {target.runtime} on {target.architecture}")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as unfinished:
        fresh = Path(unfinished, "tree")
        _install(target, manifest, fresh)
        shutil.rmtree(tree, ignore_errors=True)
        fresh.replace(tree)
    return tree


def _text(manifest: Path) -> str:
    """What `manifest` says, nothing if there is none."""
    try:
        return manifest.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise FaultError(f"{manifest}: not UTF-8", "save it as UTF-8") from error


def _brought(target: Target, folder: Path) -> list[Path]:
    """The files of a function's folder that its installer wants in the target, as far as they are there."""
    return [path for name in target.recipe.get("brings", ()) if (path := folder / name).is_file()]


def _key(target: Target, texts: Sequence[str]) -> str:
    asked = [target.runtime, target.architecture, target.recipe, *texts]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]


def _install(target: Target, manifest: Path, tree: Path) -> None:
    recipe = target.recipe
    values = {
        "python": sys.executable,
        "version": re.sub(r"^[a-z]+", "", target.runtime),
        "machine": recipe["machines"][target.architecture],
        "manifest": manifest.name,
        "target": str(tree),
    }
    platforms = recipe.get("platforms", {})
    names = platforms.get(target.runtime, platforms.get("default", ()))
    environment = {**os.environ, **recipe.get("environment", {})}

    def step(command: str) -> subprocess.CompletedProcess[str]:
        return run(list(_filled(recipe[command], values, names)), manifest.parent, environment)

    if step("probe").returncode:
        raise FaultError(fill(recipe["missing"], values), fill(recipe["remedy"], values))
    tree.mkdir()
    brought = [shutil.copyfile(path, tree / path.name) for path in _brought(target, manifest.parent)]
    result = step("locked" if tree / recipe.get("lock", "") in brought else "install")
    if result.returncode:
        raise FaultError(
            f"{manifest}: the dependencies of {target.name} can't be installed for {target.runtime} on "
            f"{target.architecture}:\n{last_words(result.stdout)}",
            hint(recipe, result, values),
        )
    for path in brought:
        path.unlink()
    if "check" in recipe and (lacking := step("check").stdout.strip()):
        raise FaultError(
            f"{manifest}: the dependencies of {target.name} are not complete:\n{last_words(lacking)}",
            f"add what is missing to {manifest.name}",
        )


def _filled(command: list[str | list[str]], values: Mapping[str, str], platforms: list[str]) -> Iterator[str]:
    for word in command:
        if isinstance(word, str):
            yield fill(word, values)
        else:
            for platform in platforms:
                yield from (fill(fill(part, {"platform": platform}), values) for part in word)
