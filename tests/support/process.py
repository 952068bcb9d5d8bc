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
MEMORY = 1_000_000_000  # bytes of address space that a refusal may take


def tierforge(*arguments: str | Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, which is ended if it hangs and has little memory."""
    return subprocess.run(
        [sys.executable, "-m", "tierforge", *map(str, arguments)],
        cwd=folder,
        env=environment() | more,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SOON,
        preexec_fn=_limited if os.name == "posix" else None,
        check=False,
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _limited() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
