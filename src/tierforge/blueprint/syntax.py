"""Places in a file, and what YAML's parser refuses there, turned into diagnostics."""

from __future__ import annotations

from typing import Any

import yaml

from tierforge.diagnostics import Diagnostic, Span


def marked(path: str, text: str, start: Any, end: Any = None) -> Span:
    """The span between two marks of the parser, as far as it is on the first one's line."""
    lines = text.split("\n")
    source = lines[start.line].rstrip("\r") if start.line < len(lines) else ""
    length = end.column - start.column if end is not None and end.line == start.line else 1
    if end is not None and end.line != start.line:
        length = len(source.rstrip()) - start.column
    return Span(path, start.line + 1, start.column + 1, max(1, length), source)


def syntax_fault(path: str, text: str, fault: yaml.YAMLError) -> Diagnostic:
    """What is wrong with `text`, where, and where what is unfinished there began."""
    if not isinstance(fault, yaml.MarkedYAMLError):
        return _forbidden_character(path, text, fault)
    mark, begun = fault.problem_mark or fault.context_mark, fault.context_mark
    span = marked(path, text, mark) if mark else Span(path)
    problem = (fault.problem or fault.context or "it can't be read").removeprefix("but ")
    related = (marked(path, text, begun),) if begun and begun.line + 1 != span.line else ()
    return Diagnostic(f"not valid YAML: {problem}", span, _hint(span, problem), related=related)


def _forbidden_character(path: str, text: str, fault: yaml.YAMLError) -> Diagnostic:
    said = getattr(fault, "character", "")
    character = chr(said) if isinstance(said, int) else str(said)
    before = text[: max(0, text.find(character))]
    line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
    span = Span(path, line + 1, column + 1, 1, text.split("\n")[line])
    return Diagnostic("not valid YAML: a character that can't be printed", span, "remove it")


def _hint(span: Span, problem: str) -> str:
    if "\t" in span.source:
        return "YAML is indented with spaces, not with tabs"
    if "another document" in problem:
        return "one blueprint a file: remove the line with ---"
    if "alias" in problem:
        return "a value that begins with * needs quotes"
    return "values with ': ', '#', '{' or a leading special character need quotes"
