"""What ruff says of code that was rendered: nothing, or its users would begin with somebody else's findings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RULES = "F,E,W,I,B,UP,SIM,RET,PTH,C4,RUF,S"
# Long lines of text; asserts, test passwords and SQL put together from the template's own names.
EXCEPT = "E501,S101,S105,S608,S107"


def untidy(*folders: Path) -> str:
    """What ruff would format otherwise, or finds, in the Python code of each folder, a function's; "" if nothing."""
    check = ("check", f"--select={RULES}", f"--ignore={EXCEPT}", "--output-format=concise")
    return "".join(_said(folder, *command) for folder in folders for command in (("format", "--diff"), check))


def _said(folder: Path, *command: str) -> str:
    plain = ("--isolated", "--no-cache", "--quiet", "--line-length=100", "--target-version=py311")
    ruff = [sys.executable, "-m", "ruff", *command, *plain, "."]
    done = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr  # ruff itself may be what is missing
