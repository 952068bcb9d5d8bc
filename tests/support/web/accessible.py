"""A page as those have it who can't see it, or not well: what is read out to them, and what they would stumble over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")


@dataclass(frozen=True)
class Heard:
    """What is read out of an input: its label, what describes it, and whether what it says is wrong."""

    name: str
    description: str
    invalid: bool


def heard(page: Page) -> Heard:
    """What the browser tells screen readers of what has the focus."""
    browser = page.context.new_cdp_session(page)
    focused = browser.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
    asked = {"objectId": focused, "fetchRelatives": False}
    (node,) = browser.send("Accessibility.getPartialAXTree", asked)["nodes"]
    invalid = {"name": "invalid", "value": {"type": "token", "value": "true"}}
    description = node.get("description", {}).get("value", "")
    return Heard(node["name"]["value"], description, invalid in node["properties"])


@dataclass
class Judge:
    """What axe-core finds. `axe` is the library's code; `found` has what it finds grave, with where that was seen."""

    axe: str
    found: dict[str, list[str]] = field(default_factory=dict)

    def look_at(self, page: Page, view: str) -> None:
        """Judge what `page` shows now, by light and by dark."""
        page.evaluate(self.axe)
        for colors in ("light", "dark"):
            page.emulate_media(color_scheme=colors)  # type: ignore[arg-type]
            for finding in page.evaluate("() => axe.run().then((judged) => judged.violations)"):
                if finding["impact"] in GRAVE:
                    where = [f"{view}, {colors}: {node['html']}" for node in finding["nodes"]]
                    self.found.setdefault(f"{finding['id']}: {finding['help']}", []).extend(where)
