"""Rendered Node.js functions: called as Lambda calls them, from Python, and their own tests."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

NODE = Path(__file__).parents[1] / "node"
INSTALL = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
CONTEXT = {
    "functionName": "tickets",
    "functionVersion": "1",
    "memoryLimitInMB": "512",
    "invokedFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:tickets",
    "awsRequestId": "11111111-2222-3333-4444-555555555555",
}


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """What functions and their tests import: installed once into the user's cache. Skips where that can't be."""
    return installed(NODE)


def installed(folder: Path) -> Path:
    """The modules that a folder's package.json names (its package-lock.json, if it has one), in the user's cache.

    Skips the test where that can't be.
    """
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed, and nothing of Node.js can run without it")
    manifests = [path for path in (folder / "package.json", folder / "package-lock.json") if path.exists()]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in manifests)).hexdigest()[:16]
    home = cache_folder()
    kept = home / f"node-{digest}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "installing").open("w") as turn, tempfile.TemporaryDirectory(dir=home) as name:
        fcntl.flock(turn, fcntl.LOCK_EX)  # of the workers of the tests, one installs and the others wait
        if not kept.exists():
            fresh = Path(name, "fresh")
            fresh.mkdir()
            for path in manifests:
                shutil.copy(path, fresh)
            how = "ci" if len(manifests) > 1 else "install"
            done = subprocess.run(["npm", how, *INSTALL], cwd=fresh, capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"npm can't install {folder.name}'s modules: {done.stderr.strip().splitlines()[-1:]}")
            fresh.rename(kept)
    return kept / "node_modules"


def cache_folder() -> Path:
    """Where tests keep what takes long to fetch or to make."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tierforge-tests"


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of an emulated AWS that other processes reach; it has what the process's own moto has."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass
class Function:
    """A rendered function in a Node.js process of its own. `printed` is what it wrote to its log.

    `noted` is told the calls of AWS's SDK, `dynamodb:PutItem`.
    """

    folder: Path
    environment: Mapping[str, str]
    noted: Callable[[str], object] = lambda _: None
    printed: Path = field(init=False)
    _process: subprocess.Popen[str] = field(init=False)
    _seen: int = 0

    def __post_init__(self) -> None:
        self.printed = self.folder.parent / f"{self.folder.name}.log"
        reading, writing = os.pipe()
        with self.printed.open("w") as log:
            self._process = subprocess.Popen(
                ["node", "--no-warnings", NODE / "driver.mjs", self.folder / "handler.mjs", "handler", str(writing)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                pass_fds=(writing,),
                env={**os.environ, **self.environment},
            )
        os.close(writing)
        self._answers = os.fdopen(reading, encoding="utf-8")

    def lambda_handler(self, event: Mapping[str, Any], _: object = None) -> Any:
        """What the handler answers; its log lines go to our standard output, as a Python handler's would."""
        sent = {"event": event, "context": CONTEXT, "environment": {**os.environ, **self.environment}}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(sent) + "\n")
        self._process.stdin.flush()
        line = self._answers.readline()
        text = self.printed.read_text()
        sys.stdout.write(text[self._seen :])
        self._seen = len(text)
        assert line, f"the process ended: {text}"
        made = json.loads(line)
        for call in made["calls"]:
            self.noted(call)
        assert "answer" in made, made
        return made["answer"]

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)
        self._answers.close()


Start = Callable[..., Function]


@pytest.fixture
def start(node_modules: Path, moto_server: str, tmp_path: Path) -> Iterator[Start]:
    """Starts rendered functions; with `fixed` their ids, etags and times are the same every time."""
    running: list[Function] = []

    def started(folder: Path, *, fixed: bool = False, **environment: str) -> Function:
        link(tmp_path, node_modules)
        if fixed and (folder / "items.mjs").exists():
            (folder / "items.mjs").rename(folder / "items-as-rendered.mjs")
            shutil.copy(NODE / "items.mjs", folder)
        running.append(Function(folder, {"AWS_ENDPOINT_URL": moto_server, "AWS_REGION": "us-east-1", **environment}))
        return running[-1]

    yield started
    for function in running:
        function.stop()


def link(folder: Path, node_modules: Path) -> None:
    """Let what stands below `folder` import what is installed."""
    with suppress(FileExistsError):
        (folder / "node_modules").symlink_to(node_modules)


@cache
def _knows_sqlite() -> bool:
    done = subprocess.run(["node", "--no-warnings", "--eval", "require('node:sqlite')"], capture_output=True)
    return done.returncode == 0


def offline(folder: Path) -> None:
    """Fails unless a function's own tests pass without a server; skips where Node.js has no SQLite for them."""
    if any("node:sqlite" in path.read_text() for path in (folder / "tests").rglob("*.mjs")) and not _knows_sqlite():
        pytest.skip("Node.js has SQLite built in from 22.13 on")
    done = own_tests(folder)
    assert done.returncode == 0, done.stdout
    assert re.search(r"# pass [1-9]", done.stdout)


def own_tests(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a rendered function's own tests as its owner would."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    command = ["node", "--no-warnings", "--test", "--test-reporter=tap"]
    return subprocess.run(command, cwd=folder, env=kept | variables, capture_output=True, text=True)
