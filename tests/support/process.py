"""The command line in processes of their own, which can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BLUEPRINT = """\
name: box-office
pattern: mobile-backend
auth: {method: cognito}
resources:
  tickets: {operations: [list, create, read], data_store: tickets, owner: true}
data_stores:
  tickets: {type: dynamodb}
"""
SOON = 60  # seconds, for what takes less than one: only what hangs comes near it
# A refusal may take a gigabyte of address space. The shell says so: Python would copy this process for that.
LIMITED = ["sh", "-c", 'ulimit -v 1000000; exec "$@"', "sh"] if os.name == "posix" else []


def tierforge(*arguments: str | Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, which is ended if it hangs and has little memory."""
    return subprocess.run(
        [*LIMITED, sys.executable, "-m", "tierforge", *map(str, arguments)],
        cwd=folder,
        env=environment() | more,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SOON,
        check=False,
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
