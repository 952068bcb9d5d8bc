"""Faults found in a blueprint or its template, turned into what a person or an editor reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

Severity = Literal["error", "warning", "info"]
Key = TypeVar("Key")
Made = TypeVar("Made")

_WIDEST, _ASIDE = 200, 60  # characters of a source line that are shown whole; else those around the place

EXIT_FAULT = 1  # the blueprint or its template is at fault
EXIT_USAGE = 2  # the command was used wrongly
EXIT_BUG = 3  # tierforge itself is at fault


@dataclass(frozen=True, order=True)
class Span:
    """A place in a text file: `path`, `line` and `column` count from 1, `length` in characters."""

    path: str
    line: int = 1
    column: int = 1
    length: int = 1
    source: str = ""  # the text of that line, for the snippet

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Diagnostic:
    """One fault: what is wrong, where, and the remedy.

    `code` is the rule's name where another tool found it (cfn-lint's `E3002`, say) and otherwise
    empty. `related` names further places that belong to the same fault (the other side of a clash).
    """

    message: str
    span: Span
    hint: str = ""
    severity: Severity = "error"
    code: str = ""
    related: tuple[Span, ...] = ()

    def at(self, span: Span) -> Diagnostic:
        """The same fault at another place."""
        return replace(self, span=span)


class TierforgeError(Exception):
    """An error that is told to the user in one line, never with a traceback."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(TierforgeError):
    """The command was given something it can't work with (exit code 2)."""


class BlueprintError(TierforgeError):
    """The blueprint is at fault; carries every diagnostic of the stage that failed (exit code 1)."""

    exit_code = EXIT_FAULT

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_source_order(diagnostics)
        super().__init__(f"{len(self.diagnostics)} faults")


class FaultError(TierforgeError):
    """What is on disk or in the template is at fault, without a place in the blueprint (exit code 1)."""

    exit_code = EXIT_FAULT


class TemplateBug(TierforgeError):
    """A component of tierforge is at fault, not the user (exit code 3)."""

    exit_code = EXIT_BUG


def in_source_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """`diagnostics` without repetitions, sorted by place."""
    return tuple(sorted(dict.fromkeys(diagnostics), key=lambda d: (d.span, d.severity, d.message)))


def has_errors(diagnostics: Sequence[Diagnostic]) -> bool:
    """Whether one of `diagnostics` is an error."""
    return any(d.severity == "error" for d in diagnostics)


def to_text(diagnostic: Diagnostic) -> str:
    """The diagnostic as `path:line:col: error: message`, followed by the line, a caret and the hint."""
    span = diagnostic.span
    code = f" [{diagnostic.code}]" if diagnostic.code else ""
    lines = [f"{span}: {diagnostic.severity}: {_printable(diagnostic.message)}{code}"]
    gutter = " " * (4 + len(str(span.line)))
    if span.source:
        before, marked, after = _clipped(span)
        caret = " " * _width(before) + "^" * max(1, _width(marked))
        lines += [f"{gutter} |", f"    {span.line} | {_printable(before + marked + after)}", f"{gutter} | {caret}"]
    lines += [f"{gutter} = also here: {place}" for place in diagnostic.related]
    if diagnostic.hint:
        lines.append(f"{gutter} = hint: {_printable(diagnostic.hint)}")
    return "\n".join(lines)


def _clipped(span: Span) -> tuple[str, str, str]:
    """The line of a span before, in and after it, as far as a terminal has room for it."""
    start = span.column - 1
    end = start + max(1, min(span.length, len(span.source) - start))
    before, marked, after = span.source[:start], span.source[start:end], span.source[end:]
    if len(span.source) > _WIDEST:
        before = f"…{before[-_ASIDE:]}" if len(before) > _ASIDE else before
        marked = marked[:_ASIDE]
        after = f"{after[:_ASIDE]}…" if len(after) > _ASIDE else after
    return before, marked, after


def _printable(text: str) -> str:
    """`text` on one line, control characters shown as escapes so that none reaches a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _width(text: str) -> int:
    """Columns that `text` takes in a terminal, after control characters are shown as escapes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in _printable(text))


def gathered(make: Callable[[Key], Made], keys: Iterable[Key]) -> list[Made]:
    """What `make` gives for every key. Raises BlueprintError with what is wrong with any of them, each fault once."""
    made: list[Made] = []
    faults: dict[tuple[str, Span], Diagnostic] = {}
    for key in keys:
        try:
            made.append(make(key))
        except BlueprintError as fault:
            faults |= {(found.message, found.span): found for found in fault.diagnostics}
    if faults:
        raise BlueprintError(faults.values())
    return made
