"""Every option of the blueprint language, as a path through its JSON Schema, and those that a blueprint uses.

A step is a key, `*` for any name of a map, `[]` for an entry of a list, `(string)` for a form of a value that has
several, or `(type=rds)` for the options that stand beside that choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Path = tuple[str, ...]
KINDS = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}


def kinds(schema: Schema) -> list[str]:
    """The types that a value may have; one that is told by its keywords alone counts as having it."""
    said = schema.get("type")
    if said is None:
        said = "object" if "properties" in schema else "string" if "pattern" in schema else []
    return [said] if isinstance(said, str) else list(said)


def choices(schema: Schema) -> dict[str, Schema]:
    """The options beside each choice, by the step that leads there."""
    found = {}
    for branch in schema.get("allOf", ()):
        ((by, wanted),) = branch["if"]["properties"].items()
        found[f"({by}={wanted['const']})"] = branch["then"]
    return found


def option_paths(schema: Schema, here: Path = ()) -> Iterator[Path]:
    """Every option below `schema`."""
    forms = kinds(schema)
    if len(forms) > 1:
        for form in forms:
            yield (*here, f"({form})")
            yield from option_paths({**schema, "type": form}, (*here, f"({form})"))
        return
    if forms == ["object"]:
        for name, option in schema.get("properties", {}).items():
            yield (*here, name)
            yield from option_paths(option, (*here, name))
        for step, branch in choices(schema).items():
            yield (*here, step)
            more = {name: option for name, option in branch["properties"].items() if name not in schema["properties"]}
            yield from option_paths({"properties": more}, (*here, step))
        if isinstance(schema.get("additionalProperties"), Mapping):
            yield (*here, "*")
            yield from option_paths(schema["additionalProperties"], (*here, "*"))
    if forms == ["array"] and "items" in schema:
        yield (*here, "[]")
        yield from option_paths(schema["items"], (*here, "[]"))
    for value in schema.get("enum", ()):
        yield (*here, f"={value}")


def used_paths(schema: Schema, value: Any, here: Path = ()) -> Iterator[Path]:
    """Those options of `schema` that `value` says."""
    form = KINDS[type(value)]
    if len(kinds(schema)) > 1:
        here = (*here, f"({form})")
        yield here
    if form == "object":
        yield from _used_in_map(schema, value, here)
    if form == "array" and "items" in schema:
        for item in value:
            yield (*here, "[]")
            yield from used_paths(schema["items"], item, (*here, "[]"))
    if "enum" in schema:
        yield (*here, f"={value}")


def _used_in_map(schema: Schema, value: Mapping[str, Any], here: Path) -> Iterator[Path]:
    known = dict(schema.get("properties", {}))
    for name in known.keys() & value.keys():
        yield (*here, name)
        yield from used_paths(known[name], value[name], (*here, name))
    for step, branch in choices(schema).items():
        by, _, chosen = step.strip("()").partition("=")
        if value.get(by, known[by].get("default")) != chosen:
            continue
        yield (*here, step)
        for name, option in branch["properties"].items():
            if name not in known and name in value:
                yield (*here, step, name)
                yield from used_paths(option, value[name], (*here, step, name))
        known |= branch["properties"]
    if isinstance(schema.get("additionalProperties"), Mapping):
        for name in value.keys() - known.keys():
            yield (*here, "*")
            yield from used_paths(schema["additionalProperties"], value[name], (*here, "*"))
