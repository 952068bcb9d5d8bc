"""A page of a browser, and what it complains about: errors, and what its content security policy would not have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


@dataclass
class Watched:
    """`expected` are statuses of answers that a test means to provoke: the browser logs them as errors."""

    page: Page
    expected: set[int] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(VIOLATIONS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"thrown: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        refused = REFUSED.match(message.text)
        if message.type in {"error", "warning"} and not (refused and int(refused[1]) in self.expected):
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")


Opened = Callable[..., Watched]
