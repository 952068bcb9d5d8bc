"""A blueprint's file, turned into plain data and the YAML nodes that say where each of it stands."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tierforge.blueprint.reader import MAX_DEPTH, Reader
from tierforge.blueprint.text import Text
from tierforge.data_files import Loader
from tierforge.diagnostics import BlueprintError, Diagnostic, Span, UsageError

MAX_BYTES = 1_000_000
Key = str | int
ENVIRONMENTS = "environments"
SERVICES = "services"
BEGIN = "begin with `name:` and `pattern:`, or write one with: tierforge new mobile-backend"
CLOUDFORMATION = ("overrides", "extra_resources")  # sections that hold pieces of templates


@dataclass(frozen=True)
class Source:
    """What was read: its `text`, `data` as plain values, `root` the node of the document.

    `layers` are the places in it where a value may stand, the first one that has it counts: an environment's
    sections, say, before the blueprint's own. `account_id` is the account that it is for, "" for any; `service`
    is the one of several services that it describes, "" for the whole blueprint.
    """

    text: Text
    data: dict[str, Any]
    root: yaml.Node
    layers: tuple[tuple[Key, ...], ...] = ((),)
    account_id: str = ""
    service: str = ""

    def span(self, where: Sequence[Key], *, of: str = "value") -> Span:
        """The place of the value (or, with `of="key"`, of its key) at `where`.

        What the file doesn't say (a default, a missing key) is placed at the nearest key above it.
        """
        ways = [_way(self.root, (*layer, *where)) for layer in self.layers]
        depths = [len(way) - len(layer) for way, layer in zip(ways, self.layers, strict=True)]
        way = ways[depths.index(max(depths))] if max(depths) > 0 else ways[-1]
        if not max(depths) and self.service:  # it says nothing of it, so that its name stands for it
            way = next((found for found, depth in zip(ways, depths, strict=True) if found and depth == 0), way)
        key, node = way[-1] if way else (None, self.root)
        marked = key if key is not None and (of == "key" or max(depths) < len(where)) else node
        return self.text.span_of(marked)


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


def parse(path: str, content: str, *, what: str = "blueprint", begin: str = BEGIN) -> Source:
    """Turn the `content` of a blueprint into a Source; raises BlueprintError as `load` does.

    `what` and `begin` say what another file is, and how one is begun.
    """
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
        problem = (fault.problem or fault.context or "it can't be read").removeprefix("but ")
        begun = text.span(fault.context_mark.index) if fault.context_mark else span
        related = (begun,) if begun.line != span.line else ()
        hint = _syntax_hint(span, problem)
        raise BlueprintError([Diagnostic(f"not valid YAML: {problem}", span, hint, related=related)]) from None
    if root is None:
        raise _fault(path, f"the {what} is empty", begin)
    if not isinstance(root, yaml.MappingNode):
        kind = "list" if isinstance(root, yaml.SequenceNode) else "single value"
        raise BlueprintError([Diagnostic(f"a {what} is a map of keys, this is a {kind}", text.span_of(root), begin)])
    reader = Reader(text)
    data = _sections(root, reader)
    if reader.faults:
        raise BlueprintError(reader.faults)
    return Source(text, data, root)


def _sections(node: yaml.MappingNode, reader: Reader, depth: int = 0) -> dict[str, Any]:
    """The sections of a blueprint; `environments` and `services` hold sections again, a map of them for each name."""
    data: dict[str, Any] = {}
    for key, value in reader.pairs(node):
        holds = key == SERVICES or (key == ENVIRONMENTS and depth == 0)
        if holds and isinstance(value, yaml.MappingNode):
            named = list(reader.pairs(value))
            data[key] = {
                name: _sections(own, reader, depth + 2) if isinstance(own, yaml.MappingNode) else reader.value(own)
                for name, own in named
            }
        else:
            reader.tags_allowed = key in CLOUDFORMATION
            data[key] = reader.value(value, depth + 1)
    return data


def _way(node: yaml.Node, where: Sequence[Key]) -> list[tuple[yaml.Node | None, yaml.Node]]:
    """Key and value node of every step of `where`, as far as the file goes."""
    way: list[tuple[yaml.Node | None, yaml.Node]] = []
    for step in where:
        found = _child(node, step)
        if found is None:
            break
        way.append(found)
        node = found[1]
    return way


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
                hint = "a blueprint needs a handful: is a bracket too many?"
                raise BlueprintError([Diagnostic(f"nested deeper than {MAX_DEPTH} levels", span, hint)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _fault(path: str, message: str, hint: str = "") -> BlueprintError:
    return BlueprintError([Diagnostic(message, Span(path), hint)])


def _unreadable(path: str, reason: str) -> UsageError:
    hint = "name it with --blueprint, or write one with: tierforge new mobile-backend"
    return UsageError(f"cannot read the blueprint {path!r}: {reason}", hint)


def _syntax_hint(span: Span, problem: str) -> str:
    if "\t" in span.source:
        return "YAML is indented with spaces, not with tabs"
    if "another document" in problem:
        return "one blueprint a file: remove the line with ---"
    if "alias" in problem:
        return "a value that begins with * needs quotes"
    return "values with ': ', '#', '{' or a leading special character need quotes"
