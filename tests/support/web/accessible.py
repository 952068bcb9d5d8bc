"""What axe-core finds on a page: what people who can't see it, or not well, would stumble over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")


@dataclass
class Judge:
    """`axe` is the library's code; `found` has what it finds grave, with where that was seen."""

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
