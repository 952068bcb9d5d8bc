"""Stand-ins for a program that builds container images and for the AWS CLI's `ecr`, with a registry that both know.

As Docker and ECR do it: an image has the digest of what it was built from, a push needs a login, a tag is given
once. `calls` are the words of every call; a file `<program>-<command>.fails` holds what that call fails with.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PROGRAM = """\
#!{python}
import hashlib, json, sys
from pathlib import Path

STATE, PROGRAM, WORDS = Path({state!r}), {name!r}, sys.argv[1:]
COMMAND = WORDS[1] if PROGRAM == "aws" else WORDS[0]

def kept(name, change=None):
    path = STATE / name
    data = json.loads(path.read_text()) if path.exists() else {{}}
    if change:
        data.update(change)
        path.write_text(json.dumps(data))
    return data

def leave(code, text):
    print(text, file=sys.stderr if code else sys.stdout)
    sys.exit(code)

def after(option):
    return WORDS[WORDS.index(option) + 1]

with (STATE / "calls").open("a") as calls:
    calls.write(json.dumps([PROGRAM, *WORDS]) + chr(10))
fails = STATE / (PROGRAM + "-" + COMMAND + ".fails")
if fails.exists():
    leave(1, fails.read_text())
if COMMAND == "build":
    context = Path(WORDS[-1])
    files = {{
        path.relative_to(context).as_posix(): [path.stat().st_mode, path.stat().st_mtime, path.read_text()]
        for path in context.rglob("*") if path.is_file()
    }}
    made = json.dumps([files, after("--platform")], sort_keys=True)
    kept("images", {{after("--tag"): "sha256:" + hashlib.sha256(made.encode()).hexdigest()}})
    kept("contexts", {{context.parent.name: files}})
    leave(0, "naming to " + after("--tag") + " done")
if COMMAND == "login":
    kept("logins", {{WORDS[-1]: sys.stdin.read()}})
    leave(0, "Login Succeeded")
if COMMAND == "push":
    repository, tag = WORDS[-1].split(":")
    if kept("logins").get(repository.split("/")[0]) != "password-of-ecr":
        leave(1, "denied: Your authorization token has expired. Reauthenticate and try again.")
    if tag in kept("registry"):
        leave(1, "tag invalid: The image tag '" + tag + "' already exists and cannot be overwritten: immutable")
    kept("registry", {{tag: kept("images")[WORDS[-1]]}})
    leave(0, tag + ": digest: " + kept("registry")[tag] + " size: 2416")
if COMMAND == "get-login-password":
    sys.stdout.write("password-of-ecr")
if COMMAND == "describe-images":
    tag = after("--image-ids").removeprefix("imageTag=")
    if tag not in kept("registry"):
        leave(254, "An error occurred (ImageNotFoundException) when calling the DescribeImages operation: no " + tag)
    leave(0, kept("registry")[tag])
"""


class Containers:
    """The programs in `folder`/bin, and what they were asked."""

    def __init__(self, folder: Path, *programs: str) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir(parents=True)
        for name in (*programs, "aws"):
            path = self.bin / name
            path.write_text(PROGRAM.format(python=sys.executable, state=str(folder), name=name))
            path.chmod(0o755)

    def fails(self, program: str, command: str, text: str) -> None:
        (self.folder / f"{program}-{command}.fails").write_text(text)

    def calls(self, *words: str) -> list[list[str]]:
        """The calls so far that hold all `words`."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call for call in map(json.loads, lines) if set(words) <= set(call)]

    def kept(self, name: str) -> dict[str, Any]:
        """What they know: `contexts` by function, `registry` by tag, `logins` by registry."""
        found: dict[str, Any] = json.loads((self.folder / name).read_text())
        return found
