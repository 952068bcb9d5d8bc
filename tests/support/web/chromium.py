"""A headless Chromium: the machine's own, else Debian's, unpacked into the user's cache without root."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.engines.debian import programs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

INSTALLED = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGE = "chromium-headless-shell"


def chromium() -> tuple[Path, dict[str, str]]:
    """The program, and what it finds its libraries by. `TIERFORGE_CHROMIUM` names another. Skips without one."""
    named = os.environ.get("TIERFORGE_CHROMIUM") or next(filter(None, map(shutil.which, INSTALLED)), None)
    if named:
        return Path(named), {}
    found = programs(PACKAGE, PACKAGE, into=None)
    return found.folder / "lib" / "chromium" / PACKAGE, found.environment


@contextmanager
def browser(port: int) -> Iterator[Browser]:
    """A browser for which every host is `port` of this machine. Skips where there is none, or nothing to drive it."""
    reason = "nothing drives a browser: make test-web installs playwright"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    program, environment = chromium()
    with playwright.sync_playwright() as driver:
        arguments = [f"--host-resolver-rules=MAP * 127.0.0.1:{port}"]
        made = driver.chromium.launch(executable_path=program, env=os.environ | environment, args=arguments)
        yield made
        made.close()
