"""Texts of blueprints, broken as editors, merges and typing hands break them."""

from __future__ import annotations

import re

from hypothesis import strategies as st

SCALARS = [
    *("null", "true", "no", "0", "-1", "1.0", "1e3", "0x1F", "1:30", "2020-01-01", ".nan", ".inf", "~", "''", "[]"),
    *("{}", "[a, b]", "{a: b}", "99999999999999999999", "é😀", "*a", "&a", "!Ref x", "!!int x", "!!binary aGk=", "|"),
    *('"\\0"', '"\\ud800"', '"\\u2028"', "a: b", "# x", "'", '"', "%", "@", "`", "<<", "=", "? x", "a" * 300, "${A}"),
    *(">-", "- x"),
]  # fmt: skip
CONTROLS = [*"\0\x07\x1b\x7f\x85\u2028\ufeff\ufffe\r\t\x0c\u202e\xa0", "\r\n"]
WORD = re.compile(r"[A-Za-z_]{3,}")
VALUE = re.compile(r"(?<=: )[^\s,{}\[\]]+")


@st.composite
def mutated(draw: st.DrawFn, originals: st.SearchStrategy[str]) -> str:
    """One of `originals` with a fault in it, or up to three."""
    text = draw(originals)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        text = draw(st.sampled_from(MUTATIONS))(draw, text)
    return text


def _line(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    match draw(st.sampled_from(["delete", "duplicate", "swap", "move"])):
        case "delete":
            del lines[one]
        case "duplicate":
            lines.insert(other, lines[one])
        case "swap":
            lines[one], lines[other] = lines[other], lines[one]
        case "move":
            lines.insert(other, lines.pop(one))
    return "".join(lines)


def _indentation(draw: st.DrawFn, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    number = draw(st.integers(0, len(lines) - 1))
    before = draw(st.sampled_from(["", " ", "   ", "\t", "- ", "  - ", "? ", "--- ", "..."]))
    lines[number] = before + (lines[number].lstrip() if draw(st.booleans()) else lines[number])
    return "".join(lines)


def _value(draw: st.DrawFn, text: str) -> str:
    found = list(VALUE.finditer(text))
    if not found:
        return text + draw(st.sampled_from(SCALARS))
    place = draw(st.sampled_from(found))
    return text[: place.start()] + draw(st.sampled_from(SCALARS)) + text[place.end() :]


def _misspelling(draw: st.DrawFn, text: str) -> str:
    found = list(WORD.finditer(text))
    if not found:
        return text
    place = draw(st.sampled_from(found))
    word, at = place[0], draw(st.integers(0, len(place[0]) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    wrong = draw(st.sampled_from([swapped, word[:at] + word[at + 1 :], word.upper(), word[:at] + " " + word[at:], ""]))
    return text[: place.start()] + wrong + text[place.end() :]


def _character(draw: st.DrawFn, text: str) -> str:
    at = draw(st.integers(0, len(text)))
    drop = draw(st.integers(0, 3))
    return text[:at] + draw(st.sampled_from([*CONTROLS, *"{}[]:,&*#?|-<>=!%@`'\"\\ \n", ""])) + text[at + drop :]


def _cut(draw: st.DrawFn, text: str) -> str:
    return text[: draw(st.integers(0, len(text)))]


MUTATIONS = [_line, _indentation, _value, _value, _misspelling, _character, _cut]
