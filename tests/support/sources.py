"""Whether the files of a project are what their names say: code that compiles, YAML and JSON that can be read."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import yaml

from tierforge.model import File

UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, marks of direction, half characters, separators
QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*""")


class _Tags(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms, kept as maps of their tag."""


def _any(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {f"!{suffix}": loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {f"!{suffix}": loader.construct_sequence(node, deep=True)}
    return {f"!{suffix}": loader.construct_scalar(node)}


_Tags.add_multi_constructor("!", _any)


def read_yaml(text: str) -> Any:
    """CloudFormation's YAML as plain data, `!Ref X` as {"!Ref": "X"}: another reader than tierforge's own."""
    return yaml.load(text, Loader=_Tags)


def sources_are_sound(files: Iterable[File]) -> None:
    """Read every file that has a grammar; what is wrong with one fails, with its path."""
    for file in files:
        assert "\0" not in file.text, file.path
        unseen = {c for c in file.text if unicodedata.category(c) in UNSEEN} - {"\n"}
        assert not unseen, f"{file.path} has characters that nobody sees: {unseen!a}"
        if file.path.endswith(".py"):
            compile(file.text, file.path, "exec")
        elif file.path.endswith((".yaml", ".yml")):
            assert isinstance(read_yaml(file.text), dict), file.path
        elif file.path.endswith(".json"):
            json.loads(file.text)
        elif file.path.endswith(".sql"):
            statements_are_whole(file)


def statements_are_whole(file: File) -> None:
    """Outside of its names, texts and comments, SQL has pairs of brackets and ends each statement."""
    bare = QUOTED.sub("", file.text)
    assert not set("'\"`") & set(bare), file.path
    for statement in bare.split(";"):
        assert statement.count("(") == statement.count(")"), file.path
    assert bare.strip().endswith(";"), file.path
