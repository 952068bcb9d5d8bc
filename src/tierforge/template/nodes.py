"""CloudFormation's YAML, as nodes: composed from text, turned into plain data, and written again."""

from __future__ import annotations

from io import StringIO
from typing import Any

import yaml

from tierforge.data_files import Loader
from tierforge.diagnostics import TemplateBug
from tierforge.intrinsics import PLAIN_NAMES, long_form

_CONSTRUCTORS = yaml.SafeLoader.yaml_constructors
_SCALARS = yaml.SafeLoader("")
_SHORT, _SHALLOW = 90, 2  # characters and levels of a map or a list that fits on one line
_SPECIAL = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null")}


def compose(text: str, origin: str) -> yaml.Node | None:
    """The node tree of a rendered fragment; None where it is empty.

    Raises TemplateBug with the text around the fault: a component's template is wrong then.
    """
    try:
        return yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line if fault.problem_mark else 0
        lines = text.split("\n")
        shown = "\n".join(f"  {n + 1} | {lines[n]}" for n in range(max(0, line - 3), min(len(lines), line + 2)))
        raise TemplateBug(f"{origin} renders invalid YAML at line {line + 1}: {fault.problem}\n{shown}") from None


def plain(node: yaml.Node) -> Any:
    """A node as data, with the short forms of intrinsic functions written out ({"Ref": …})."""
    if node.tag.startswith("!"):
        return _intrinsic(node)
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    if node.tag in _SPECIAL:
        return _CONSTRUCTORS[node.tag](_SCALARS, node)
    return node.value


def _intrinsic(node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode):
        value: Any = {str(key.value): plain(item) for key, item in node.value}
    elif isinstance(node, yaml.SequenceNode):
        value = [plain(item) for item in node.value]
    else:
        value = str(node.value)
    return long_form(node.tag, value)


def write(data: Any, indent: int = 0, *, compact: bool = False, short_tags: bool = True) -> str:
    """Plain data as block YAML, indented by `indent` spaces, with the short tags of CloudFormation or none.

    `compact` puts maps and lists that are short and not nested deep on one line, from the second level on.
    """
    node = _node(data, short_tags)
    for inner in (each for section in _inner(node) for each in _inner(section) if compact):
        _set_flow(inner)
    text = yaml.serialize(node, Dumper=yaml.SafeDumper, width=100_000, allow_unicode=False, indent=2)
    return "".join(" " * indent + line for line in str(text).splitlines(keepends=True))


def _node(data: Any, tagged: bool = True) -> yaml.Node:
    if isinstance(data, dict):
        if tagged and len(data) == 1:
            ((name, value),) = data.items()
            short = _short(name, value)
            if short is not None:
                return short
        pairs = [(_scalar(str(key)), _node(value, tagged)) for key, value in data.items()]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not pairs)
    if isinstance(data, list | tuple):
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [_node(item, tagged) for item in data], flow_style=not data)
    return _scalar(data)


def _short(name: str, value: Any) -> yaml.Node | None:
    """`{"Ref": "X"}` as `!Ref X`; None where that is no intrinsic, or can't be written short."""
    tag = name if name in PLAIN_NAMES else name.removeprefix("Fn::")
    if tag == name and name not in PLAIN_NAMES:
        return None
    if name == "Fn::GetAtt" and isinstance(value, list) and all(isinstance(step, str) for step in value):
        value = ".".join(value)
    if isinstance(value, str):
        return yaml.ScalarNode(f"!{tag}", value, style='"' if tag == "Sub" else None)
    if isinstance(value, list):
        return yaml.SequenceNode(f"!{tag}", [_node(item) for item in value], flow_style=True)
    return None


def _scalar(value: Any) -> yaml.Node:
    return yaml.SafeDumper(StringIO()).represent_data(value) if not isinstance(value, str) else _text(value)


def _text(value: str) -> yaml.Node:
    node = yaml.ScalarNode("tag:yaml.org,2002:str", value)
    if "\n" in value and value.isascii() and value.replace("\n", "").isprintable():
        node.style = "|"  # a mapping template, say
    elif value.startswith("'") or not value.isascii() or any(ord(c) < 32 for c in value):
        node.style = '"'
    return node


def _set_flow(node: yaml.Node) -> None:
    """Put `node` on one line where it fits, else whatever in it does."""
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = node.flow_style or (_depth(node) <= _SHALLOW and _width(node) <= _SHORT)
        if not node.flow_style:
            for inner in _inner(node):
                _set_flow(inner)


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _depth(node: yaml.Node) -> int:
    return 1 + max(map(_depth, _inner(node)), default=0) if isinstance(node, yaml.CollectionNode) else 0


def _width(node: yaml.Node) -> float:
    """About how many characters `node` takes on one line; more than any line has where it needs several."""
    if isinstance(node, yaml.CollectionNode):
        return sum(2 + _width(inner) for inner in _inner(node))
    return float("inf") if "\n" in node.value else len(node.value)
