"""CloudFormation's YAML, as nodes: composed from text, turned into plain data, and written again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tierforge.data_files import Loader
from tierforge.diagnostics import TemplateBug
from tierforge.intrinsics import PLAIN_NAMES, long_form
from tierforge.quoting import YAML_KEY_LIMIT, yaml_key, yaml_line, yaml_scalar

_CONSTRUCTORS = yaml.SafeLoader.yaml_constructors
_SCALARS = yaml.SafeLoader("")
_LONGEST_KEY = YAML_KEY_LIMIT // 10  # of a key as it is said: escaped, a character may take ten
_SHORT, _SHALLOW = 90, 2  # characters and levels of a map or a list that fits on one line
_SPECIAL = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null")}


def compose(text: str, origin: str) -> yaml.Node | None:
    """The node tree of a rendered fragment, which nobody changes; None where it is empty.

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

    `compact` puts maps and lists that are short and not nested deep on one line, from the third level on.
    """
    head, block = _Writer(compact, short_tags).value(data, 0)
    return "".join(f"{' ' * indent}{line}\n" if line else "\n" for line in (block or [head]))


@dataclass(frozen=True)
class _Writer:
    """How data is laid out. PyYAML's own emitter, which is pure Python, takes ten times as long."""

    compact: bool
    short_tags: bool

    def value(self, data: Any, level: int) -> tuple[str, list[str]]:
        """What stands on the line that names a value, and the lines below it, indented as under a key."""
        if isinstance(data, str):
            return _literal(data) or (yaml_line(data), [])
        if not data or not isinstance(data, dict | list | tuple) or self.one_line(data, level):
            return self.flow(data), []
        if isinstance(data, dict):
            return "", [line for name, value in data.items() for line in self.entry(str(name), value, level)]
        return "", [line for value in data for line in self.item(value, level)]

    def one_line(self, data: Any, level: int) -> bool:
        if isinstance(data, dict) and (self.short(data) or any(len(str(name)) > _LONGEST_KEY for name in data)):
            return True
        return self.compact and level > 1 and self.depth(data) <= _SHALLOW and len(self.flow(data)) <= _SHORT

    def entry(self, name: str, value: Any, level: int) -> Iterator[str]:
        head, block = self.value(value, level + 1)
        yield f"{yaml_line(name)}: {head}" if head else f"{yaml_line(name)}:"
        below = "" if isinstance(value, list | tuple) else "  "  # a list's dashes are indentation enough
        yield from (below + line if line else "" for line in block)

    def item(self, value: Any, level: int) -> Iterator[str]:
        head, block = self.value(value, level + 1)
        first, *below = [head, *block] if head else block
        yield f"- {first}"
        yield from (f"  {line}" if line else "" for line in below)

    def flow(self, data: Any) -> str:
        """`data` on one line."""
        if isinstance(data, dict):
            entries = (f"{yaml_key(str(name))}: {self.flow(value)}" for name, value in data.items())
            return self.short(data) or "{" + ", ".join(entries) + "}"
        if isinstance(data, list | tuple):
            return "[" + ", ".join(map(self.flow, data)) + "]"
        return yaml_scalar(data)

    def depth(self, data: Any) -> int:
        if isinstance(data, dict | list | tuple) and not (isinstance(data, dict) and self.short(data)):
            return 1 + max(map(self.depth, data.values() if isinstance(data, dict) else data), default=0)
        return 0

    def short(self, data: dict[str, Any]) -> str:
        """`{"Ref": "X"}` as `!Ref X`; empty where that is no intrinsic, or can't be written short."""
        if not self.short_tags or len(data) != 1:
            return ""
        ((name, value),) = data.items()
        tag = name if name in PLAIN_NAMES else name.removeprefix("Fn::")
        if tag == name and name not in PLAIN_NAMES:
            return ""
        if name == "Fn::GetAtt" and isinstance(value, list) and all(isinstance(step, str) for step in value):
            value = ".".join(value)
        return f"!{tag} {self.flow(value)}" if isinstance(value, str | list) else ""


def _literal(text: str) -> tuple[str, list[str]] | None:
    """A text of several lines as a literal block (a mapping template, say); None where that can't hold it."""
    lines = text.removesuffix("\n").split("\n")
    if "\n" not in text or text[0] in " \n" or not all(line.isascii() and line.isprintable() for line in lines):
        return None
    if any(line.endswith(" ") for line in lines) or not lines[-1]:
        return None
    return ("|" if text.endswith("\n") else "|-"), lines
