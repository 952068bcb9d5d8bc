"""What a function's manifest asks for, turned into a folder of packages for Lambda's platform.

How is data of the runtime's component, the recipe:

| key | says |
|---|---|
| `manifest` | the file of the function's folder that names dependencies |
| `comment` | what starts a line that asks for nothing (`#`) |
| `local` | a pattern of lines that name something on this disk: then nothing is cached (optional) |
| `machines` | Lambda's architectures, as the installer calls them |
| `platforms` | names of compatible platforms, best first, by runtime or under `default` (optional) |
| `environment` | variables for the installer, over the user's own (optional) |
| `probe` | a command that succeeds if the installer is there; `missing` and `remedy` tell that it is not |
| `install` | the command; a list in it is repeated for each platform |
| `check` | a command that prints what the installed folder lacks, a line each (optional) |
| `hints` | pairs of `match`, a pattern of the installer's output, and the `hint` to give; first match wins |

`{python}`, `{version}` (the runtime's), `{machine}`, `{platform}`, `{manifest}` and `{target}` are filled in.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierforge.diagnostics import FaultError

_TOLD_LINES = 6  # of a failed installer's output


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
    text = _text(manifest)
    comment, local = target.recipe.get("comment", "#"), target.recipe.get("local")
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith(comment)]
    if not lines:
        return None
    cache = cache.resolve()  # the installer runs in the function's folder
    tree = cache / _key(target, text)
    if tree.exists() and not (local and any(re.search(local, line) for line in lines)):
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


def _key(target: Target, manifest: str) -> str:
    asked = [target.runtime, target.architecture, target.recipe, manifest]
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

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return _run(list(_filled(recipe[command], values, names)), manifest.parent, environment)

    if run("probe").returncode:
        raise FaultError(_fill(recipe["missing"], values), _fill(recipe["remedy"], values))
    result = run("install")
    if result.returncode:
        raise FaultError(
            f"{manifest}: the dependencies of {target.name} can't be installed for {target.runtime} on "
            f"{target.architecture}:\n{_last_words(result.stdout)}",
            _hint(recipe, result, values),
        )
    tree.mkdir(exist_ok=True)
    if "check" in recipe and (lacking := run("check").stdout.strip()):
        raise FaultError(
            f"{manifest}: the dependencies of {target.name} are not complete:\n{_last_words(lacking)}",
            f"add what is missing to {manifest.name}",
        )


def _filled(command: list[str | list[str]], values: Mapping[str, str], platforms: list[str]) -> Iterator[str]:
    for word in command:
        if isinstance(word, str):
            yield _fill(word, values)
        else:
            for platform in platforms:
                yield from (_fill(_fill(part, {"platform": platform}), values) for part in word)


def _fill(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], name[0]), text)


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs `command` in `folder`; its output and errors come as one text, in `stdout`."""
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, str(error), "")


def _last_words(output: str) -> str:
    """The lines of `output` that say what went wrong: the ones marked as errors, else the last."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(?i)error\b", line)]
    return "\n".join(f"  {line}" for line in (errors or lines)[-_TOLD_LINES:])


def _hint(recipe: Mapping[str, Any], result: subprocess.CompletedProcess[str], values: Mapping[str, str]) -> str:
    for entry in recipe.get("hints", ()):
        if re.search(entry["match"], result.stdout):
            return _fill(entry["hint"], values)
    return f"see the whole output with: {shlex.join(result.args)}"
