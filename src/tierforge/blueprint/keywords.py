"""Keywords of the blueprint's JSON Schema that JSON Schema doesn't have, or means otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierforge.data_files import read_yaml

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


# Where a file is named, it holds all that there is to be said.
FILE: Mapping[str, Any] = {"properties": {"file": {}}, "additionalProperties": False}

# How Python begins to say that brackets don't close, or that nothing stands before a * or +.
BROKEN = ("missing )", "unbalanced parenthesis", "unterminated character set", "nothing to repeat")


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """`pattern` with `$` as JSON Schema means it: the end of the text, not the end before a last newline."""
    strict = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(strict, instance):
        yield _error(f"{instance!r} does not match")


def _unique_items(_validator: Any, wanted: bool, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """As JSON Schema's own, in time that grows with the list and not with its square."""
    if not wanted or not isinstance(instance, list):
        return
    if len({json.dumps(item, sort_keys=True) for item in instance}) < len(instance):
        yield _error("an entry stands here twice")


def _request_schema(validator: Any, operations: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A JSON Schema of a request's body, or one for each of those `operations` that it names instead."""
    if not isinstance(instance, Mapping):
        return
    for name, said in instance.items() if by_operation(instance, operations) else [("", instance)]:
        wanted = FILE if isinstance(said, Mapping) and "file" in said else body_schema()
        for error in (*validator.descend(said, wanted), *_dangling(said, said)):
            error.path.extendleft([name] if name else [])
            yield error


def _dangling(node: Any, root: Any) -> Iterator[ValidationError]:
    """References in a schema to definitions that it doesn't have."""
    from jsonschema.exceptions import ValidationError

    defined = [f"#/definitions/{name}" for name in root.get("definitions") or ()] if isinstance(root, Mapping) else []
    below = node.items() if isinstance(node, Mapping) else enumerate(node if isinstance(node, list) else ())
    for name, value in below:
        if name == "$ref" and str(value).startswith("#/") and value not in defined:
            schema = {"x-says": ", ".join(defined) or "nothing, as long as the schema has no `definitions`"}
            yield ValidationError("there is no such definition", path=[name], instance=value, schema=schema)
        for error in _dangling(value, root):
            error.path.appendleft(name)
            yield error


def _schema_part(validator: Any, wanted: bool, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Where a map stands here, a JSON Schema."""
    if wanted and isinstance(instance, Mapping):
        yield from validator.descend(instance, body_schema())


def _no_null(validator: Any, wanted: bool, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """No null at any depth: CloudFormation takes none in a template."""
    if wanted and instance is None:
        yield _error("null stands here")
    below = instance.items() if isinstance(instance, Mapping) else enumerate(instance if type(instance) is list else ())
    for name, value in below:
        yield from validator.descend(value, schema, path=name)


def _regex(_validator: Any, wanted: bool, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A regular expression that no language reads: what Python alone doesn't know, such as \\p{L}, is let through."""
    if not wanted or not isinstance(instance, str):
        return
    try:
        re.compile(instance)
    except re.error as fault:
        if fault.msg.startswith(BROKEN):
            yield _error(fault.msg)


def by_operation(said: Mapping[str, Any], operations: list[str]) -> bool:
    """Whether a map says something for each of `operations` that it names, and nothing for all of them."""
    return bool(said) and set(said) <= {*operations}


def body_schema() -> Any:
    """What a JSON Schema may say that API Gateway is to check bodies with (draft-04)."""
    return read_yaml(Path(__file__).parents[1] / "data" / "body-schema.yaml")


def _error(message: str) -> ValidationError:
    from jsonschema.exceptions import ValidationError

    return ValidationError(message)


OWN_KEYWORDS = {
    "pattern": _pattern,
    "uniqueItems": _unique_items,
    "x-request-schema": _request_schema,
    "x-schema": _schema_part,
    "x-no-null": _no_null,
    "x-regex": _regex,
}
