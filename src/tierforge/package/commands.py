"""Programs that build functions: how they are called, and what is told of them when they fail."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TOLD_LINES = 6  # of a failed program's output


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with `values` in place of their names in braces."""
    return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], name[0]), text)


def run(
    command: list[str], folder: Path, environment: Mapping[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs `command` in `folder`, with `typed` as its input; its output and errors come as one text, in `stdout`."""
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, str(error), "")


def last_words(output: str) -> str:
    """The lines of `output` that say what went wrong: the ones marked as errors, else the last."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(?i)(?:\w+ )?error\b", line)]
    return "\n".join(f"  {line}" for line in (errors or lines)[-_TOLD_LINES:])


def hint(recipe: Mapping[str, Any], result: subprocess.CompletedProcess[str], values: Mapping[str, str]) -> str:
    """What to do about a program that failed, as the `hints` of its recipe say."""
    for entry in recipe.get("hints", ()):
        if re.search(entry["match"], result.stdout):
            return fill(entry["hint"], values)
    return f"see the whole output with: {shlex.join(result.args)}"
