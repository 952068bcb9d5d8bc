"""A script, cut into its statements: for the Data API, which takes them one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What may hold a semicolon that ends nothing: comments, texts, names.
PIECE = re.compile(
    r"""(?P<end>;)
      | (?P<comment>--[ \t][^\n]* | --$ | \#[^\n]* | /\*(?![!+]).*?\*/)
      | '(?:[^'\\]|\\.|'')*'
      | "(?:[^"\\]|\\.|"")*"
      | `(?:[^`]|``)*`
      | .""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


def split(script: str) -> Iterator[str]:
    """The statements of a script in their order, without comments and semicolons."""
    statement = ""
    for piece in PIECE.finditer(script):
        if piece["end"]:
            yield from _said(statement)
            statement = ""
        else:
            statement += " " if piece["comment"] else piece[0]
    yield from _said(statement)


def _said(statement: str) -> Iterator[str]:
    if statement.strip():
        yield statement.strip()
