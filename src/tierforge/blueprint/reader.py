"""YAML nodes, turned into the plain data of a blueprint, with everything that is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import yaml

from tierforge.blueprint.text import Text, unwritable
from tierforge.diagnostics import BlueprintError, Diagnostic
from tierforge.intrinsics import KNOWN, long_form

MAX_DEPTH = 40
MAX_NODES = 50_000  # with every alias followed
MAX_BITS = 64  # of a whole number
MOST_FAULTS = 200  # told at once: nobody reads more, and a machine-made file of 1 MB can have 50,000
CORE = "tag:yaml.org,2002:"
COLLECTIONS = {f"{CORE}{name}" for name in ("map", "seq")}
SCALARS = {f"{CORE}{name}" for name in ("str", "int", "float", "bool", "null")}


class Reader:
    """Builds plain data from nodes and collects what is wrong with them in `faults`.

    Raises BlueprintError at once where there is no end of it: too many nodes, levels or faults. While
    `tags_allowed`, CloudFormation's short forms stand for the long ones.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self.faults: list[Diagnostic] = []
        self.tags_allowed = False
        self._seen = 0
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, depth: int = 1) -> Any:
        """The data of a node that stands `depth` levels below the blueprint."""
        self._seen += 1
        if self._seen > MAX_NODES:
            self._tell(node, "the aliases in this file expand to too much", "write the values out")
            raise BlueprintError(self.faults)
        if depth > MAX_DEPTH:  # the text itself is not as deep: an alias stands below its own anchor, or below others
            self._tell(node, f"with its aliases, this is nested deeper than {MAX_DEPTH} levels", "write the values out")
            raise BlueprintError(self.faults)
        if isinstance(node, yaml.MappingNode):
            value: Any = {key: self.value(item, depth + 1) for key, item in self.pairs(node)}
        elif isinstance(node, yaml.SequenceNode):
            value = [self.value(item, depth + 1) for item in node.value]
        elif self._is_intrinsic(node):
            value = self._text(node)
        else:
            return self._scalar(node)
        if self._is_intrinsic(node):
            return long_form(node.tag, value)
        if node.tag not in COLLECTIONS:
            self._unknown_tag(node)
        return value

    def pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
        """The keys and value nodes of a map; what is wrong with a key is collected."""
        places: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in places:
                message, hint = f"key {key!r} stands here twice", "keep one of them"
                first = (self.text.span_of(places[key]),)
                self._add(Diagnostic(message, self.text.span_of(key_node), hint, related=first))
                continue
            places[key] = key_node
            yield key, value_node

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._tell(node, "a key has to be a word", "write `key: value`")
            return None
        if node.tag == f"{CORE}merge":
            self._tell(node, "merge keys (<<) are not used in a blueprint", "write the keys out")
            return None
        if node.tag != f"{CORE}str":
            self._tell(node, f"the key {node.value} is not read as text by YAML", f'quote it: "{node.value}"')
            return None
        return self._text(node)

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == f"{CORE}timestamp":
            return self._text(node)  # a date is text to a blueprint
        construct = yaml.SafeLoader.yaml_constructors.get(node.tag)
        if construct is None or node.tag not in SCALARS:
            self._unknown_tag(node)
            return None
        try:
            value = construct(self._scalars, node)
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

    def _text(self, node: yaml.Node) -> str:
        if character := unwritable(node.value):
            self._tell(node, f"no file can hold the character {character}", "leave it out")
        return str(node.value)

    def _is_intrinsic(self, node: yaml.Node) -> bool:
        return self.tags_allowed and node.tag.removeprefix("!") in KNOWN

    def _unknown_tag(self, node: yaml.Node) -> None:
        shown = node.tag.replace(CORE, "!!")
        short = "CloudFormation's short forms are for overrides and extra_resources"
        hint = short if shown[1:] in KNOWN else "leave it out"
        self._tell(node, f"the YAML tag {shown} is not used here", hint)

    def _tell(self, node: yaml.Node, message: str, hint: str = "") -> None:
        self._add(Diagnostic(message, self.text.span_of(node), hint))

    def _add(self, fault: Diagnostic) -> None:
        self.faults.append(fault)
        if len(self.faults) == MOST_FAULTS:
            raise BlueprintError(self.faults)
