"""A blueprint's file, turned into plain data and the YAML nodes that say where each of it stands."""

from __future__ import annotations

import math
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tierforge.blueprint.text import Text, unwritable
from tierforge.data_files import Loader
from tierforge.diagnostics import BlueprintError, Diagnostic, Span, UsageError

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000  # with every alias followed
MAX_BITS = 64  # of a whole number
CORE = "tag:yaml.org,2002:"
COLLECTIONS = {f"{CORE}{name}" for name in ("map", "seq")}
SCALARS = {f"{CORE}{name}" for name in ("str", "int", "float", "bool", "null")}
MOST_FAULTS = 200  # told at once: nobody reads more, and a machine-made file of 1 MB can have 50,000
Key = str | int


@dataclass(frozen=True)
class Source:
    """What was read: its `text`, `data` as plain values, `root` the node of the document."""

    text: Text
    data: dict[str, Any]
    root: yaml.Node

    def span(self, where: Sequence[Key], *, of: str = "value") -> Span:
        """The place of the value (or, with `of="key"`, of its key) at `where`.

        What the file doesn't say (a default, a missing key) is placed at the nearest key above it.
        """
        node, key = self.root, None
        for step in where:
            found = _child(node, step)
            if found is None:
                of = "key"
                break
            key, node = found
        marked = key if of == "key" and key is not None else node
        return _span(self.text, marked)


def load(path: str) -> Source:
    """Read the blueprint at `path`.

    Raises UsageError where there is no readable file, and BlueprintError where it isn't YAML that
    tierforge takes: UTF-8, one document, a map, no key twice, at most 1 MB, 40 levels and few aliases.
    """
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # reading a pipe or a device may never end
            raise _unreadable(path, "it is not a file")
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as fault:
        raise _unreadable(path, getattr(fault, "strerror", None) or str(fault)) from None
    if len(raw) > MAX_BYTES:
        raise _fault(path, f"the file is larger than {MAX_BYTES:,} bytes, which is the most a blueprint has")
    return parse(path, _decode(path, raw))


def parse(path: str, content: str) -> Source:
    """Turn the `content` of a blueprint into a Source; raises BlueprintError as `load` does."""
    text = Text(path, content)
    if (offset := text.forbidden()) is not None:
        message = f"not valid YAML: the character U+{ord(content[offset]):04X} can't stand in a file"
        raise BlueprintError([Diagnostic(message, text.span(offset), 'remove it, or write it as "\\u…" in quotes')])
    try:
        _guard_depth(text)
        root = yaml.compose(content, Loader=Loader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        span = text.span(mark.index) if mark else Span(path)
        problem = fault.problem or fault.context or "not valid YAML"
        raise BlueprintError([Diagnostic(f"not valid YAML: {problem}", span, _syntax_hint(span))]) from None
    if root is None:
        raise _fault(path, "the blueprint is empty", "write one with: tierforge new mobile-backend")
    if not isinstance(root, yaml.MappingNode):
        kind = "list" if isinstance(root, yaml.SequenceNode) else "single value"
        raise BlueprintError([Diagnostic(f"a blueprint is a map of keys, this is a {kind}", _span(text, root))])
    reader = _Reader(text)
    data = reader.value(root)
    if reader.faults:
        raise BlueprintError(reader.faults)
    return Source(text, data, root)


class _Reader:
    """Builds plain data from nodes and collects what is wrong with them."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.faults: list[Diagnostic] = []
        self.seen = 0
        self.scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, depth: int = 0) -> Any:
        self.seen += 1
        if self.seen > MAX_NODES:
            self._tell(node, "the aliases in this file expand to too much", "write the values out")
            raise BlueprintError(self.faults)
        if depth > MAX_DEPTH:  # the text itself is not as deep: an alias stands below its own anchor, or below others
            self._tell(node, f"with its aliases, this is nested deeper than {MAX_DEPTH} levels", "write the values out")
            raise BlueprintError(self.faults)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in COLLECTIONS:
            hint = 'write functions in their long form, such as {"Ref": …} or {"Fn::GetAtt": […]}'
            self._tell(node, f"the YAML tag {_shown(node.tag)} is not used here", hint)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        return [self.value(item, depth + 1) for item in node.value]

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        places: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in result:
                first = (_span(self.text, places[key]),)
                message = f"key {key!r} stands here twice"
                self._add(Diagnostic(message, _span(self.text, key_node), related=first))
                continue
            places[key] = key_node
            result[key] = self.value(value_node, depth + 1)
        return result

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._tell(node, "a key has to be a word")
            return None
        if node.tag == f"{CORE}merge":
            self._tell(node, "merge keys (<<) are not used in a blueprint", "write the keys out")
            return None
        if node.tag != f"{CORE}str":
            self._tell(node, f"the key {node.value} is not read as text by YAML", f'quote it: "{node.value}"')
            return None
        return self._text(node)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag == f"{CORE}timestamp":
            return self._text(node)  # a date is text to a blueprint
        construct = yaml.SafeLoader.yaml_constructors.get(node.tag)
        if construct is None or node.tag not in SCALARS:
            self._tell(node, f"the YAML tag {_shown(node.tag)} is not used here")
            return None
        try:
            value = construct(self.scalars, node)
        except (ValueError, LookupError, yaml.YAMLError):
            return self._text(node)  # looks like a number and is none: the schema says what was wanted
        if isinstance(value, str):
            return self._text(node)
        if isinstance(value, float) and not math.isfinite(value):
            self._tell(node, f"no template can hold the number {node.value}", "quote it if it is text")
        elif isinstance(value, int) and value.bit_length() > MAX_BITS:
            self._tell(node, "this number is too large", "quote it if it is text")
            return None
        return value

    def _text(self, node: yaml.ScalarNode) -> str:
        if character := unwritable(node.value):
            self._tell(node, f"no file can hold the character {character}", "leave it out")
        return str(node.value)

    def _tell(self, node: yaml.Node, message: str, hint: str = "") -> None:
        self._add(Diagnostic(message, _span(self.text, node), hint))

    def _add(self, fault: Diagnostic) -> None:
        self.faults.append(fault)
        if len(self.faults) == MOST_FAULTS:
            raise BlueprintError(self.faults)


def _child(node: yaml.Node, step: Key) -> tuple[yaml.Node | None, yaml.Node] | None:
    """The key node and the value node under `node` at `step`, or None."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == step:
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


def _decode(path: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        column = fault.start - (raw.rfind(b"\n", 0, fault.start) + 1) + 1
        message = f"the file is not UTF-8: byte 0x{raw[fault.start]:02x}"
        raise BlueprintError([Diagnostic(message, Span(path, line, column), "save it as UTF-8")]) from None


def _guard_depth(text: Text) -> None:
    """Refuse nesting that would overflow a recursive reader, before anything recurses."""
    depth = 0
    for event in yaml.parse(text.content, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                span = text.span(event.start_mark.index if event.start_mark else 0)
                raise BlueprintError([Diagnostic(f"nested deeper than {MAX_DEPTH} levels", span)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _span(text: Text, node: yaml.Node) -> Span:
    return text.span(node.start_mark.index, node.end_mark.index)


def _shown(tag: str) -> str:
    return tag.replace(CORE, "!!")


def _fault(path: str, message: str, hint: str = "") -> BlueprintError:
    return BlueprintError([Diagnostic(message, Span(path), hint)])


def _unreadable(path: str, reason: str) -> UsageError:
    hint = "name it with --blueprint, or write one with: tierforge new mobile-backend"
    return UsageError(f"cannot read the blueprint {path!r}: {reason}", hint)


def _syntax_hint(span: Span) -> str:
    if "\t" in span.source:
        return "YAML is indented with spaces, not with tabs"
    return "values with ': ', '#', '{' or a leading special character need quotes"
