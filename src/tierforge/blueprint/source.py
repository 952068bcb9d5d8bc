"""A blueprint's file, turned into plain data and the YAML nodes that say where each of it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tierforge.data_files import Loader
from tierforge.diagnostics import BlueprintError, Diagnostic, Span, UsageError
from tierforge.intrinsics import KNOWN, long_form

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000  # with every alias followed
Key = str | int
CLOUDFORMATION = ("overrides", "extra_resources")  # sections that hold pieces of templates


@dataclass(frozen=True)
class Source:
    """What was read: `path` as the user wrote it, `data` as plain values, `root` the node of the document."""

    path: str
    text: str
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
        return self._span_of(marked)

    def _span_of(self, node: yaml.Node) -> Span:
        return _span(self.path, self.text, node.start_mark, node.end_mark)


def load(path: str) -> Source:
    """Read the blueprint at `path`.

    Raises UsageError where there is no readable file, and BlueprintError where it isn't YAML that
    tierforge takes: UTF-8, one document, a map, no key twice, at most 1 MB, 40 levels and few aliases.
    """
    try:
        size = Path(path).stat().st_size
        raw = Path(path).read_bytes() if size <= MAX_BYTES else b""
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise UsageError(
            f"cannot read the blueprint {path!r}: {reason}",
            hint="name it with --blueprint, or write one with: tierforge new mobile-backend",
        ) from None
    if size > MAX_BYTES:
        raise _fault(path, f"the file has {size:,} bytes: a blueprint has at most {MAX_BYTES:,}")
    return parse(path, _decode(path, raw))


def parse(path: str, text: str) -> Source:
    """Turn the `text` of a blueprint into a Source; raises BlueprintError as `load` does."""
    try:
        _guard_depth(path, text)
        root = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        span = _span(path, text, mark, None) if mark else Span(path)
        problem = fault.problem or fault.context or "not valid YAML"
        raise BlueprintError([Diagnostic(f"not valid YAML: {problem}", span, _syntax_hint(span))]) from None
    except yaml.YAMLError as fault:  # a character that YAML forbids
        raise _fault(path, f"not valid YAML: {str(fault).splitlines()[0]}") from None
    if root is None:
        raise _fault(path, "the blueprint is empty", "write one with: tierforge new mobile-backend")
    if not isinstance(root, yaml.MappingNode):
        kind = "list" if isinstance(root, yaml.SequenceNode) else "single value"
        raise _fault(path, f"a blueprint is a map of keys, this is a {kind}")
    reader = _Reader(path, text)
    data = {}
    for key, node in reader.pairs(root):
        reader.tags_allowed = key in CLOUDFORMATION
        data[key] = reader.value(node)
    if reader.faults:
        raise BlueprintError(reader.faults)
    return Source(path, text, data, root)


class _Reader:
    """Builds plain data from nodes and collects what is wrong with them."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.faults: list[Diagnostic] = []
        self.seen = 0
        self.tags_allowed = False
        self.scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node) -> Any:
        self.seen += 1
        if self.seen > MAX_NODES:
            self._tell(node, "the aliases in this file expand to too much", "write the values out")
            raise BlueprintError(self.faults)
        if isinstance(node, yaml.MappingNode):
            value: Any = {key: self.value(item) for key, item in self.pairs(node)}
        elif isinstance(node, yaml.SequenceNode):
            value = [self.value(item) for item in node.value]
        elif self._is_intrinsic(node):
            value = str(node.value)
        else:
            return self._scalar(node)
        if self._is_intrinsic(node):
            return long_form(node.tag, value)
        if node.tag.startswith("!"):
            self._unknown_tag(node)
        return value

    def pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
        """The keys and value nodes of a map; what is wrong with a key is collected."""
        places: dict[str, Span] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in places:
                self.faults.append(
                    Diagnostic(f"key {key!r} stands here twice", self._span(key_node), related=(places[key],))
                )
                continue
            places[key] = self._span(key_node)
            yield key, value_node

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._tell(node, "a key has to be a word")
            return None
        if node.tag == "tag:yaml.org,2002:merge":
            self._tell(node, "merge keys (<<) are not used in a blueprint", "write the keys out")
            return None
        if node.tag != "tag:yaml.org,2002:str":
            self._tell(node, f"the key {node.value} is not read as text by YAML", f'quote it: "{node.value}"')
            return None
        return str(node.value)

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value  # a date is text to a blueprint
        construct = yaml.SafeLoader.yaml_constructors.get(node.tag)
        if construct is None or node.tag == "tag:yaml.org,2002:binary":
            self._unknown_tag(node)
            return None
        try:
            return construct(self.scalars, node)
        except (ValueError, yaml.YAMLError):
            return node.value  # looks like a number and is none: the schema says what was wanted

    def _is_intrinsic(self, node: yaml.Node) -> bool:
        return self.tags_allowed and node.tag.removeprefix("!") in KNOWN

    def _unknown_tag(self, node: yaml.Node) -> None:
        shown = node.tag.replace("tag:yaml.org,2002:", "!!")
        hint = "CloudFormation's short forms are for overrides and extra_resources" if shown[1:] in KNOWN else ""
        self._tell(node, f"the YAML tag {shown} is not used here", hint)

    def _span(self, node: yaml.Node) -> Span:
        return _span(self.path, self.text, node.start_mark, node.end_mark)

    def _tell(self, node: yaml.Node, message: str, hint: str = "") -> None:
        self.faults.append(Diagnostic(message, self._span(node), hint))


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


def _guard_depth(path: str, text: str) -> None:
    """Refuse nesting that would overflow a recursive reader, before anything recurses."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                mark: Any = event.start_mark  # libyaml's own kind of mark, with the same fields
                raise BlueprintError(
                    [Diagnostic(f"nested deeper than {MAX_DEPTH} levels", _span(path, text, mark, None))]
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _span(path: str, text: str, start: yaml.Mark, end: yaml.Mark | None) -> Span:
    lines = text.split("\n")
    source = lines[start.line].rstrip("\r") if start.line < len(lines) else ""
    length = end.column - start.column if end is not None and end.line == start.line else 1
    if end is not None and end.line != start.line:
        length = len(source.rstrip()) - start.column
    return Span(path, start.line + 1, start.column + 1, max(1, length), source)


def _fault(path: str, message: str, hint: str = "") -> BlueprintError:
    return BlueprintError([Diagnostic(message, Span(path), hint)])


def _syntax_hint(span: Span) -> str:
    if "\t" in span.source:
        return "YAML is indented with spaces, not with tabs"
    return "values with ': ', '#', '{' or a leading special character need quotes"
