"""The text of a blueprint's file, turned into places that an editor jumps to."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

import yaml

from tierforge.diagnostics import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_UNWRITABLE = re.compile("[\\x00\\ud800-\\udfff]")


@dataclass(frozen=True)
class Text:
    """What a file holds; `path` as the user wrote it.

    Lines end where editors end them. YAML 1.1 also ends them at U+0085, U+2028 and U+2029, so that its
    own line numbers don't lead there: places are counted from the offset in the text.
    """

    path: str
    content: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their ends."""
        found = _LINE.findall(self.content)
        return found[:-1] if len(found) > 1 and not found[-1] else found

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        return starts[:-1]

    @cached_property
    def _sources(self) -> list[str]:
        return [line.rstrip("\r\n") for line in self.lines]

    def span(self, start: int, end: int | None = None) -> Span:
        """The place from the offset `start` to `end`, cut off at the end of the line."""
        number = bisect_right(self._starts, start) - 1
        line, source = self._starts[number], self._sources[number]
        column = min(start - line, len(source))  # the end of the file is the end of its last line
        length = min(end if end is not None else start + 1, line + len(source.rstrip())) - start
        return Span(self.path, number + 1, column + 1, max(1, length), source)

    def span_of(self, node: yaml.Node) -> Span:
        """The place of a node that was read from this text."""
        return self.span(node.start_mark.index, node.end_mark.index)

    def forbidden(self) -> int | None:
        """The offset of the first character that no YAML file holds, or None."""
        found = _FORBIDDEN.search(self.content)
        return found.start() if found else None


def unwritable(text: str) -> str:
    """The first character of `text` that no generated file can hold (NUL, half a surrogate pair), or ""."""
    found = _UNWRITABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""
