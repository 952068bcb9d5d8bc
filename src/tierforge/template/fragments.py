"""Rendered text, cut into the entries that it holds: parsed to check, kept as text to join."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import dedent, indent
from typing import Any

import yaml

from tierforge.diagnostics import TemplateBug
from tierforge.model import Part
from tierforge.template.nodes import compose, plain, write

ATTRIBUTES = (  # of a resource, in the order in which they are written; what else there is follows
    "Type",
    "Condition",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "DependsOn",
    "Metadata",
)
SECTIONS = ("Metadata", "Parameters", "Mappings", "Conditions", "Rules", "Transform", "Resources", "Outputs")


@dataclass(frozen=True, eq=False)
class Entry:
    """One named thing of a section: its text with the comments above it, and the same as plain data.

    `part` made it, with the file `origin` of its component ("" for what the blueprint says itself);
    `within` names, by path below the entry, the parts that made what stands in it.
    """

    section: str
    key: str
    text: str
    data: Any
    part: Part
    origin: str
    tier: str = ""  # where it is shown; "" for what the blueprint adds
    within: Mapping[tuple[str, ...], Part] = field(default_factory=dict)


def entries(text: str, part: Part, origin: str, tier: str) -> Iterator[Entry]:
    """The entries of a fragment whose top-level keys are sections of a template.

    Raises TemplateBug where it is not YAML or holds something that is no section.
    """
    root = compose(text, origin)
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise TemplateBug(f"{origin} renders no map of sections")
    lines = text.split("\n")
    ends = [key.start_mark.line for key, _ in root.value[1:]] + [len(lines)]
    for (section, body), end in zip(root.value, ends, strict=True):
        if section.value not in SECTIONS:
            raise TemplateBug(f"{origin} renders {section.value!r}, which is no section of a template")
        if not isinstance(body, yaml.MappingNode):
            raise TemplateBug(f"{origin} renders nothing under {section.value}")
        for key, value, source in sliced(body, lines, end):
            yield Entry(section.value, key, source, plain(value), part, origin, tier)


def value_of(text: str, origin: str) -> Any:
    """The plain data of an entry's text, which is one pair of key and value."""
    root = compose(text, origin)
    if not isinstance(root, yaml.MappingNode) or len(root.value) != 1:
        raise TemplateBug(f"{origin} renders no single entry")
    return plain(root.value[0][1])


def resource(key: str, data: Mapping[str, Any], part: Part, comments: str = "", *, compact: bool = False) -> Entry:
    """A resource, written from plain data below `comments`."""
    known = {name: data[name] for name in ATTRIBUTES if name in data}
    ordered = known | {name: value for name, value in data.items() if name not in known}
    text = f"{comments}  {key}:\n{write(ordered, 4, compact=compact)}"
    return Entry("Resources", key, text, value_of(text, f"the resource {key}"), part, "")


def rewritten(entry: Entry, data: Mapping[str, Any], part: Part | None = None, *, compact: bool = False) -> Entry:
    """`entry` with other `data`, and of another `part` if one is given; the comments above it stay."""
    lines = entry.text.splitlines(keepends=True)
    count = next((n for n, line in enumerate(lines) if not line.lstrip().startswith("#")), 0)
    made = resource(entry.key, data, part or entry.part, "".join(lines[:count]), compact=compact)
    return replace(made, origin=entry.origin, tier=entry.tier, within=entry.within)


def sliced(body: yaml.MappingNode, lines: Sequence[str], end: int) -> Iterator[tuple[str, yaml.Node, str]]:
    """Key, value and source lines of every pair of a block map; comments directly above belong to it."""
    starts = [_with_comments(key.start_mark.line, lines) for key, _ in body.value]
    for (key, value), start, stop in zip(body.value, starts, [*starts[1:], end], strict=True):
        source = "\n".join(line for line in lines[start:stop] if line.strip())
        yield str(key.value), value, source + "\n"


def _with_comments(line: int, lines: Sequence[str]) -> int:
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def merge_maps(pieces: Sequence[tuple[str, str]]) -> str:
    """Texts of block maps joined to one: an equal pair stands once, block maps under one key are joined too.

    `pieces` are (origin, text); both origins are named where they contradict each other, in a TemplateBug.
    """
    pieces = [piece for piece in pieces if piece[1].strip()]
    if len(pieces) == 1:
        return pieces[0][1]  # nothing to contradict; it is parsed with the fragment that it goes into
    pairs: dict[str, list[_Pair]] = {}
    for pair in (pair for origin, text in pieces for pair in _pairs(origin, text)):
        pairs.setdefault(pair.key, []).append(pair)
    return "".join(_joined(key, found) for key, found in pairs.items())


@dataclass(frozen=True, eq=False)
class _Pair:
    """What a component says under one key: the node, and the lines with the key and the comments above it."""

    origin: str
    key: str
    node: yaml.Node
    source: str


@functools.lru_cache(maxsize=128)  # what a route says of its authorizer is what the next one says
def _pairs(origin: str, text: str) -> tuple[_Pair, ...]:
    root = compose(text, origin)
    if root is None:
        return ()
    if not isinstance(root, yaml.MappingNode):
        raise TemplateBug(f"{origin} renders no map, which its slot asks for")
    lines = text.split("\n")
    return tuple(_Pair(origin, key, value, source) for key, value, source in sliced(root, lines, len(lines)))


def _joined(key: str, found: Sequence[_Pair]) -> str:
    """The text of what several components say under one key."""
    first = found[0]
    unlike = next((other for other in found if plain(other.node) != plain(first.node)), None)
    if unlike is None:
        return first.source
    if any(not isinstance(each.node, yaml.MappingNode) or each.node.flow_style for each in found):
        raise TemplateBug(f"{first.origin} and {unlike.origin} give unlike values of {key}")
    below = [(each.origin, dedent("".join(_split(each.source)[1]))) for each in found]
    return "".join(_split(first.source)[0]) + indent(merge_maps(below), "  ")


def _split(source: str) -> tuple[list[str], list[str]]:
    """The lines of a pair up to its key, and those of the map below it."""
    lines = source.splitlines(keepends=True)
    key = next(n for n, line in enumerate(lines) if not line.lstrip().startswith("#"))
    return lines[: key + 1], lines[key + 1 :]
