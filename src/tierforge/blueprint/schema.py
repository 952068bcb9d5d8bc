"""The blueprint language and every component's options, composed into one JSON Schema."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from tierforge.blueprint.source import ENVIRONMENTS, SERVICES
from tierforge.components import Catalog
from tierforge.data_files import read_yaml
from tierforge.model import Component

Schema = dict[str, Any]
WORDS = ("x-choice", "x-options", "x-names")
SAID_ONCE = ("version", "name", "pattern", ENVIRONMENTS)  # for all environments and services


@lru_cache(maxsize=2)
def compose(catalog: Catalog) -> Schema:
    """The JSON Schema (draft 2020-12) of a blueprint that may use every component of `catalog`."""
    base = Path(__file__).parents[1] / "data" / "blueprint.yaml"
    schema: Schema = _expand(read_yaml(base), catalog)
    sections = schema["properties"]
    _let_say_sections(sections[SERVICES], sections, (*SAID_ONCE, SERVICES))
    _let_say_sections(sections[ENVIRONMENTS], sections, SAID_ONCE)
    return schema


def of_pattern(schema: Schema, name: Any, catalog: Catalog) -> Schema:
    """`schema` with the sections that the pattern `name` needs required, and those that it lacks refused.

    A pattern that says nothing of it is one API: it needs resources, and has no services.
    """
    sections = {key: pattern.data.get("sections", {}) for key, pattern in catalog.of("pattern").items()}
    with_services = [key for key, said in sections.items() if SERVICES in said.get("needs", ())]
    one_api = {"needs": ["resources"], "lacks": {SERVICES: f"say `pattern: {' or '.join(with_services)}`"}}
    said = one_api | (sections.get(name, {}) if isinstance(name, str) else {})
    lacking = {
        section: {"not": {}, "description": f"this pattern takes no `{section}`", "x-instead": hint}
        for section, hint in said["lacks"].items()
    }
    there = "say it there: services: {{orders: {{{key}: …}}}}"
    misplaced = {
        key: {"message": f"`{key}` is said by a service", "hint": said["lacks"].get(SERVICES) or there.format(key=key)}
        for key in _own(schema)
        if key not in schema["properties"]
    }
    required = [*schema["required"], *said["needs"]]
    return {**schema, "required": required, "properties": {**schema["properties"], **lacking}, "x-gone": misplaced}


def _own(schema: Schema) -> Schema:
    """What a service says beside the sections, by key."""
    found: Schema = schema["properties"][SERVICES]["additionalProperties"]["properties"]
    return found


def of_service(schema: Schema, *, shared: bool) -> Schema:
    """`schema` as one service says it, with its own keys beside the sections; with `shared`, what all of them share."""
    own = _own(schema)
    said = {*own, *SAID_ONCE, *([SERVICES] if shared else [])}
    known = {name: section for name, section in schema["properties"].items() if name in said}
    required = [*schema["required"], "services" if shared else "resources"]
    return {**schema, "required": required, "properties": {**own, **known}}


def published(catalog: Catalog) -> Schema:
    """The schema as editors take it: without the words that only tierforge reads."""
    schema: Schema = _without_marks(compose(catalog))
    return schema


def options_schema(component: Component) -> Mapping[str, Any]:
    """The `options` of a component: property name to schema."""
    return component.data.get("options", {}) or {}


def versions(catalog: Catalog) -> dict[str, tuple[Component, Mapping[str, Any]]]:
    """Every Lambda runtime identifier, with its family's component and what that says of it."""
    return {
        identifier: (family, entry)
        for family in catalog.of("runtime").values()
        for identifier, entry in family.data["versions"].items()
    }


def default_runtime(catalog: Catalog) -> str:
    """The runtime of functions for which a blueprint names none."""
    return str(compose(catalog)["properties"]["runtime"]["default"])


def _expand(node: Any, catalog: Catalog) -> Any:
    if isinstance(node, list):
        return [_expand(item, catalog) for item in node]
    if not isinstance(node, Mapping):
        return node
    result = {key: _expand(value, catalog) for key, value in node.items() if key not in WORDS}
    if "x-names" in node:
        result["enum"] = _names(node["x-names"], catalog)
        result |= _refused(_refusals(node["x-names"], catalog))
    if "x-options" in node:
        kind, name = node["x-options"].split("/")
        result.setdefault("type", "object")
        own = result.get("properties", {})
        result |= _options(catalog.get(kind, name), catalog)
        result["properties"] = {**result["properties"], **own}
    if "x-choice" in node:
        result |= _choice(catalog, **node["x-choice"])
    return result


def _let_say_sections(holder: Schema, sections: Schema, without: Collection[str]) -> None:
    """Each entry of `holder` says sections again, as far as it differs; merged, it is validated like a blueprint."""
    own = holder["additionalProperties"]["properties"]
    for name, section in sections.items():
        if name not in without:
            short = {"x-short-for": section["x-by"]} if "x-by" in section else {}
            own[name] = {"description": section.get("description", name), **short}


def _options(component: Component, catalog: Catalog) -> Schema:
    """Schema of a component's options; `component.yaml` may close over some that it requires."""
    schema: Schema = {
        "additionalProperties": False,
        "properties": _expand(options_schema(component), catalog),
        "x-component": str(component),
    }
    if "required" in component.data:
        schema["required"] = component.data["required"]
    if "gone" in component.data:
        schema["x-gone"] = component.data["gone"]
    return schema


def _choice(
    catalog: Catalog,
    kind: str,
    by: str,
    *,
    shorthand: bool = False,
    default: str | None = None,
    partial: bool = False,
) -> Schema:
    """A map whose key `by` names a component of `kind`; that component's options stand beside it.

    `shorthand` lets a string stand for `{by: string}`. `partial` is laid over another use of the
    kind: only `by` and the options marked `x-per-route` can be said, none has to be, and none has a default.
    """
    components = {name: component for name, component in catalog.of(kind).items() if "ended" not in component.data}
    selector: Schema = {"description": f"Which {kind}: {', '.join(components)}.", "enum": list(components)}
    selector |= _refused(_ended(kind, catalog))
    if default:
        selector["default"] = default
    branches = []
    for name, component in components.items():
        then = _options(component, catalog)
        then["properties"] = {by: deepcopy(selector)} | then["properties"]
        said: Schema = {"properties": {by: {"const": name}}}
        if name != default:
            said["required"] = [by]
        branches.append({"if": said, "then": then})
    schema: Schema = {"type": "object", "x-by": by, "properties": {by: selector}, "allOf": branches}
    if shorthand:
        schema |= {"type": ["string", "object"], "if": {"type": "string"}, "then": {"enum": list(components)}}
    if not default and not partial:
        schema["required"] = [by]
    if partial:
        options = [option for c in components.values() for option in options_schema(c).items()]
        own = {name: _expand(option, catalog) for name, option in options if option.get("x-per-route")}
        for option in own.values():
            option.pop("default", None)
        del schema["allOf"]
        schema |= {"additionalProperties": False, "properties": {by: selector} | own}
    return schema


def _names(what: str, catalog: Catalog) -> list[str]:
    if what == "runtime-version":
        return list(versions(catalog))
    if what == "handler-style":
        families = catalog.of("runtime").values()
        return list(dict.fromkeys(style for family in families for style in family.data["styles"]))
    return [name for name, component in catalog.of(what).items() if "ended" not in component.data]


def _refused(refusals: Mapping[str, Any]) -> Schema:
    return {"x-refused": dict(refusals)} if refusals else {}


def _refusals(what: str, catalog: Catalog) -> Mapping[str, Any]:
    """Names that AWS knows and refuses: why, and what to say instead, as the components that have the others say."""
    if what != "runtime-version":
        return _ended(what, catalog)
    return {
        identifier: {"message": why, "hint": f"use {next(iter(family.data['versions']))}"}
        for family in catalog.of("runtime").values()
        for identifier, why in family.data.get("refused", {}).items()
    }


def _ended(kind: str, catalog: Catalog) -> Mapping[str, Any]:
    """Components of a kind that AWS has ended: why nobody can use them, and what to use in their place."""
    return {name: component.data["ended"] for name, component in catalog.of(kind).items() if "ended" in component.data}


def _without_marks(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_marks(item) for item in node]
    if isinstance(node, Mapping):
        kept = {key: _without_marks(value) for key, value in node.items() if not str(key).startswith("x-")}
        if "x-says" in node and "description" not in kept:
            kept["description"] = node["x-says"]
        return kept
    return node
