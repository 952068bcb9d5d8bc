"""Any value, written so that one other language reads back exactly that value and nothing else.

The only way for what a user wrote to reach YAML, a shell, Markdown or source code.
"""

from __future__ import annotations

import functools
import math
import re
import shlex
from collections.abc import Mapping
from html import escape

_YAML_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./()-]+)*")
_YAML_LINE = re.compile(r"[A-Za-z/](?:[!-9;-~]|:(?! |$)| (?![ #]|$))*")
_YAML_WORDS = {"", "y", "n", "yes", "no", "on", "off", "true", "false", "null"}  # not strings in YAML 1.1
YAML_KEY_LIMIT = 1024  # characters of a key without `?`: YAML 1.1, 7.4.2
_YAML_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}

_MARKDOWN_MARKS = re.compile(r"[\\`*_\[\]|~$]")
_MARKDOWN_BLOCK = re.compile(r"^(?:[#+=-]|\d+(?=[.)](?: |$)))")
_MARKDOWN_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def yaml_scalar(value: object) -> str:
    """`value` on one line of YAML 1.1, in flow style if it is a list or a mapping.

    PyYAML's loaders, libyaml and CloudFormation read the same value back, of the same type.

    Raises ValueError for a lone surrogate, which is no text, and TypeError for what YAML has no
    spelling for.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _yaml_float(value)
        case str():
            return _yaml_text(value)
        case Mapping():
            return "{" + ", ".join(f"{yaml_key(k)}: {yaml_scalar(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(yaml_scalar, value)) + "]"
        case _:
            raise TypeError(f"no YAML for {type(value).__name__}")


def yaml_line(text: str) -> str:
    """`text` as the key or the value of an entry in block style, where more can stand without quotes than in a list.

    Read back, and raising, as `yaml_scalar`.
    """
    if _YAML_LINE.fullmatch(text) and text.casefold() not in _YAML_WORDS:
        return text
    return _yaml_text(text)


def sub_text(text: str) -> str:
    """`text` for use in the string of an `Fn::Sub`, where `${` would begin a variable."""
    return text.replace("${", "${!")


def html(text: str) -> str:
    """`text` as HTML that shows it, in an element or in an attribute; what HTML has no place for is left out."""
    shown = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return escape(shown)


def vtl(text: str) -> str:
    """`text` as a mapping template that prints it, whatever it holds: `$` and `#` begin references and directives."""
    if "$" not in text and "#" not in text:
        return text
    printed = re.sub("[$#]", lambda mark: "${dollar}" if mark[0] == "$" else "${hash}", text)
    return f"#set($dollar = '$')#set($hash = '#'){printed}"


def python_literal(value: object) -> str:
    """`value` as a Python expression of ASCII characters, strings in double quotes.

    Raises TypeError for what is no str, int, float, bool, None, list, tuple or mapping, and ValueError
    for a float that has no literal.
    """
    match value:
        case str():
            return '"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
        case None | bool() | int():
            return repr(value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"no literal for {value}")
            return repr(value)
        case Mapping():
            items = (f"{python_literal(key)}: {python_literal(item)}" for key, item in value.items())
            return "{" + ", ".join(items) + "}"
        case list():
            return "[" + ", ".join(map(python_literal, value)) + "]"
        case tuple():
            return "(" + "".join(f"{python_literal(item)}, " for item in value).rstrip() + ")"
        case _:
            raise TypeError(f"no Python literal for {type(value).__name__}")


def sh(text: str) -> str:
    """`text` as one word of a POSIX shell. Raises ValueError for NUL, which no word can hold."""
    if "\0" in text:
        raise ValueError("a word of a shell holds no NUL")
    return shlex.quote(text)


def md(text: str) -> str:
    """`text` as one line of Markdown that shows it literally: no markup, no HTML, no table cell ends.

    White space becomes single spaces, and control characters go.
    """
    shown = " ".join(text.split())
    if not (shown.isascii() and shown.isprintable()):
        shown = _unseen().sub("", shown)
    line = " ".join(shown.split())  # again: what went may have stood between two spaces
    line = _MARKDOWN_MARKS.sub(r"\\\g<0>", line)
    line = re.sub("[&<>]", lambda mark: _MARKDOWN_ENTITIES[mark[0]], line)
    return _MARKDOWN_BLOCK.sub(_escape_block, line)


def _escape_block(mark: re.Match[str]) -> str:
    """What would begin a heading, a list or a rule at the start of a line."""
    return f"{mark[0]}\\" if mark[0].isdigit() else f"\\{mark[0]}"


@functools.cache  # compiled when first needed: most texts are plain ASCII
def _unseen() -> re.Pattern[str]:
    """What is not shown, or shown as something else, and so is escaped.

    Spelled out because `str.isprintable` follows the Unicode version of the Python that runs, and the
    same blueprint must give the same bytes everywhere.
    """
    return re.compile(
        r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u061b\u061d-\u180d\u180f-\u1fff\u2010-\u2027\u2030-\u205e"
        r"\u2070-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff01-\uffef\U00010000-\U000dffff]"
    )


def _yaml_text(text: str) -> str:
    if _YAML_PLAIN.fullmatch(text) and text.casefold() not in _YAML_WORDS:
        return text
    simple = text.isascii() and text.isprintable()
    if simple and "'" not in text and ('"' in text or "\\" in text):
        return f"'{text}'"
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    if simple:
        return f'"{escaped}"'
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("a lone surrogate is no text")
    return '"' + _unseen().sub(_yaml_escape, escaped) + '"'


def _yaml_escape(mark: re.Match[str]) -> str:
    code = ord(mark[0])
    width = "x02" if code < 0x100 else "u04" if code < 0x10000 else "U08"
    return _YAML_ESCAPES.get(mark[0]) or f"\\{width[0]}{code:{width[1:]}x}"


def _yaml_float(value: float) -> str:
    """`value` as YAML 1.1 knows floats: with a point, and a sign in the exponent."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    mantissa, exponent, power = repr(value).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + exponent + power


def yaml_key(key: object) -> str:
    """`key` as `yaml_scalar` writes it, for a map in flow style."""
    written = yaml_scalar(key)
    return f"? {written} " if len(written) > YAML_KEY_LIMIT - 2 else written
