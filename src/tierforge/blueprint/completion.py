"""What a blueprint says, completed by the defaults of its schema and of the components that it chooses."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tierforge.blueprint.schema import Schema
from tierforge.components import Catalog, holds
from tierforge.model import Component


def complete(schema: Schema, value: Any, catalog: Catalog, sets: Mapping[str, str]) -> Any:
    """`value` with the defaults of `schema` (and, within a component's options, of `sets`) filled in."""
    if value is True and schema.get("type") == ["boolean", "object"] and "properties" in schema:
        value = {}
    if isinstance(value, str) and "x-by" in schema:
        value = {schema["x-by"]: value}
    if isinstance(value, list):
        return [complete(schema.get("items", {}), item, catalog, sets) for item in value]
    if not isinstance(value, Mapping):
        return value
    result = dict(value)
    by = schema.get("x-by")
    if by and by not in result and "default" in schema["properties"][by]:
        result[by] = schema["properties"][by]["default"]
    shapes = [schema, *(branch["then"] for branch in schema.get("allOf", []) if _chosen(branch, result))]
    for shape in shapes:
        for name, default in _defaults_of_options(shape, result, catalog, sets).items():
            result.setdefault(name, default)
        for name, option in shape.get("properties", {}).items():
            if name not in result and ("default" in option or "x-component" in shape):
                result[name] = deepcopy(option.get("default"))
            if name in result:
                result[name] = complete(option, result[name], catalog, sets)
    every = schema.get("additionalProperties")
    if isinstance(every, Mapping):
        known = schema.get("properties", {})
        for name in result.keys() - known.keys():
            result[name] = complete(dict(every), result[name], catalog, sets)
    return {name: result[name] for name in [*value, *sorted(result.keys() - value.keys())]}


def _chosen(branch: Schema, value: Mapping[str, Any]) -> bool:
    ((by, wanted),) = branch["if"]["properties"].items()
    return bool(value.get(by) == wanted["const"])


def _defaults_of_options(
    shape: Schema, said: Mapping[str, Any], catalog: Catalog, sets: Mapping[str, str]
) -> Mapping[str, Any]:
    if "x-component" not in shape:
        return {}
    kind, name = shape["x-component"].split("/")
    return set_defaults(catalog.get(kind, name), sets, said)


def set_defaults(component: Component, sets: Mapping[str, str], said: Mapping[str, Any]) -> dict[str, Any]:
    """What a component takes as defaults where there is a page, under the profile and the security level, which wins.

    Entries of a list hold `when` what is `said`, or what earlier ones took, is so.
    """
    result: dict[str, Any] = {}
    of_sets = (("hosted", "site"), ("profiles", "profile"), ("levels", "security-level"))
    for found in (component.data.get(key, {}).get(sets.get(name), []) for key, name in of_sets):
        for entry in found if isinstance(found, list) else [found]:
            if holds(entry.get("when", {}), {"profile": sets["profile"], **result, **said}):
                own = {name: value for name, value in entry.items() if name != "when"}
                result.update(_addressed(own, sets.get("host", "")))
    return result


def _addressed(value: Any, host: str) -> Any:
    """`value` with the page's host in the place of `{host}`."""
    if isinstance(value, Mapping):
        return {name: _addressed(each, host) for name, each in value.items()}
    if isinstance(value, list):
        return [_addressed(each, host) for each in value]
    return value.replace("{host}", host) if isinstance(value, str) else value
