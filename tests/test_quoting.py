"""What is quoted for a language is read back by that language as exactly the same value."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tierforge.quoting import md, python_literal, sh, sub_text, yaml_scalar

HOSTILE = [
    "no", "Y", "on", "~", "null", "1.0", "1e3", "0x1f", "0o7", "12:30:45", "2026-11-22", "=", "<<", ".inf",
    "", " ", " lead", "trail ", "a: b", "a #b", "- a", "? a", "{{ x }}", "${AWS::Region}", "%TAG", "---",
    "a\nb", "a\r\nb", "\t", "\x00", "\x1b[31m", "\x7f", "\x85", "\xa0", "\xad", "\u2028", "\u2029", "\ufeff",
    "\u202eabc", "\ufffe", "🎟 ticket", "'", '"', "'\"", "\\", "\\n", "`id`", "$(id)", "*a*", "&a", "!a", "|",
    ">",
]  # fmt: skip

texts = st.one_of(st.sampled_from(HOSTILE), st.text(), st.text(alphabet="yesnoYN10.:-#'\"\\{}[],&*!|>%@` \n\x85"))
numbers = st.integers() | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def loads(text: str) -> list[object]:
    """`text` as PyYAML's loader and libyaml, which cfn-lint uses, read it."""
    return [yaml.load(text, Loader=loader) for loader in (yaml.SafeLoader, yaml.CSafeLoader)]


def same(one: object, other: object) -> bool:
    """Equal and of the same type all through: 1, 1.0 and True are three things."""
    return repr(one) == repr(other)


PLACES: list[tuple[str, Callable[[Any], object]]] = [
    ("{}", lambda read: read),
    ("key: {} # comment\n", lambda read: read["key"]),
    ("- {}", lambda read: read[0]),
    ("[a, {}, b]", lambda read: read[1]),
    ("{{a: {}, b: c}}", lambda read: read["a"]),
]


@given(values)
@example("x" * 2000)
@example({"k" * 2000: {"l" * 1021: 1}})
@example([1e16, 1e-7, float("inf"), -0.0])
def test_yaml_reads_back_the_same_value(value: object) -> None:
    written = yaml_scalar(value)
    assert "\n" not in written
    for place, found in PLACES:
        for read in loads(place.format(written)):
            assert same(found(read), value), place


@pytest.mark.parametrize("text", ["tickets", "/tickets", "A table of tickets (one a show)", "ap-south-1"])
def test_plain_words_stay_plain(text: str) -> None:
    assert yaml_scalar(text) == text


INVISIBLE = [*range(0x20), *range(0x7F, 0xA1), *range(0x200B, 0x2010), *range(0x2028, 0x202F), 0x2066, 0xFEFF]


@pytest.mark.parametrize("code", INVISIBLE)
def test_what_cannot_be_seen_is_escaped_in_yaml_and_gone_in_markdown(code: int) -> None:
    assert yaml_scalar(f"a{chr(code)}b").isascii()
    assert md(f"a{chr(code)}b") in {"ab", "a b"}


def test_yaml_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        yaml_scalar("\ud800")
    with pytest.raises(TypeError, match="set"):
        yaml_scalar({1})


@given(texts)
@example("${")
@example("${!a}")
@example("${${a}}")
def test_sub_has_no_variable_left(text: str) -> None:
    assert not re.search(r"\$\{(?!!)", sub_text(text))
    assert sub_text(text).replace("${!", "${") == text


@given(values)
def test_python_reads_back_the_same_value(value: object) -> None:
    if "inf" in repr(value):
        value = None
    written = python_literal(value)
    assert written.isascii()
    assert "\n" not in written
    assert same(ast.literal_eval(written), value)


@pytest.mark.parametrize("value", [(), (1,), ("a", ("b", 2))])
def test_python_tuples(value: object) -> None:
    assert same(ast.literal_eval(python_literal(value)), value)


@given(st.lists(texts.filter(lambda text: "\0" not in text), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_a_shell_reads_back_the_same_words(words: list[str]) -> None:
    script = "printf '%s\\0' " + " ".join(map(sh, words))
    shown = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout.decode()
    assert shown.split("\0")[:-1] == words


def test_a_shell_word_holds_no_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        sh("a\0b")


@given(texts)
@example("# heading")
@example("1. item")
@example("<script>alert(1)</script>")
@example("[a](javascript:b) ![c](d) `e` | f ~~g~~ &lt; $h$")
@example("=== ")
@example("    indented")
def test_markdown_shows_the_text_as_it_is(text: str) -> None:
    line = md(text)
    seen = "".join(c for c in " ".join(text.split()) if c == " " or md(c))
    shown = " ".join(seen.split())
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(line)
    paragraph = [token.content for token in tokens if token.type == "inline"]
    inline = [child for token in tokens for child in token.children or ()]
    assert all(child.type in {"text", "text_special"} for child in inline)
    assert len(paragraph) <= 1
    assert "".join(child.content for child in inline) == shown


@given(texts)
def test_markdown_stays_in_its_cell(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {md(text)} | c |\n"
    cells = [t for t in MarkdownIt("commonmark").enable("table").parse(table) if t.type == "td_open"]
    assert len(cells) == 2
