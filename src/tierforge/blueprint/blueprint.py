"""A source, turned into a blueprint: merged with the defaults of its pattern and profile, checked, completed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tierforge import __version__, cache
from tierforge.blueprint.environments import merged
from tierforge.blueprint.files import files_of, include
from tierforge.blueprint.schema import Schema, compose, options_schema
from tierforge.blueprint.source import ENVIRONMENTS, Source
from tierforge.blueprint.validation import faults
from tierforge.components import Catalog, facts, holds
from tierforge.diagnostics import BlueprintError
from tierforge.model import Component

VALID = "valid"  # the kind of cache entry


@dataclass(frozen=True)
class Blueprint:
    """A valid blueprint with every default in its place; `source` says where each value stands.

    `environment` names the one of `environments` that was laid over it, "" for none; `account_id` is the
    account that it is for, "" for any. `files` are the texts of the files that it names, by path; `sets` what its
    components' defaults go by. `member` names a stack beside the application's main one, "" for that.
    """

    source: Source
    data: Mapping[str, Any]
    environment: str = ""
    account_id: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    member: str = ""

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def stack_name(self) -> str:
        return "-".join(filter(None, (self.name, self.member, self.environment)))

    @property
    def region(self) -> str:
        return str(self.data["region"])

    @property
    def tags(self) -> dict[str, str]:
        """What everything that can be tagged carries, by name."""
        where = {"Environment": self.environment} if self.environment else {}
        return dict(sorted({"Application": self.name, **where, **self.data["tags"]}.items()))

    @property
    def profile(self) -> str:
        return str(self.data["profile"])


def defaults_used(blueprint: Blueprint) -> dict[str, Any]:
    """What was filled in for the user, by dotted key: it is recorded, so that a later default shows."""
    return dict(_unsaid(blueprint.data, blueprint.source.data, ""))


def _unsaid(data: Mapping[str, Any], said: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in sorted(data.items()):
        own = said.get(key) if isinstance(said, Mapping) else None
        if isinstance(value, Mapping) and value:
            yield from _unsaid(value, own, f"{prefix}{key}.")
        elif own is None and value is not None and value not in ({}, []):
            yield f"{prefix}{key}", value


def check_environments(source: Source, catalog: Catalog, *, cached: bool = True) -> None:
    """Raise BlueprintError where the section `environments` is not one; what its sections say is validated later."""
    if ENVIRONMENTS in source.data:
        own = {ENVIRONMENTS: compose(catalog)["properties"][ENVIRONMENTS]}
        _check({"type": "object", "properties": own}, {ENVIRONMENTS: source.data[ENVIRONMENTS]}, source, cached)


def validate(source: Source, catalog: Catalog, environment: str = "", *, cached: bool = True) -> Blueprint:
    """Check `source`, an environment's or the whole blueprint, against the schema and complete it.

    With `cached`, what was found valid before is not checked again: loading the validator takes longer
    than everything else here. Raises BlueprintError with every fault, each at its place in the source.
    """
    schema = compose(catalog)
    data = merged(_defaults_of(source.data, schema, catalog), source.data)
    _check(schema, data, source, cached)
    files = files_of(schema, data, source)
    sets = _sets(data, schema, catalog)
    completed = complete(schema, data, catalog, sets)
    include(schema, completed, source, files)
    return Blueprint(source, completed, environment, source.account_id, files, sets)


def _check(schema: Schema, data: Any, source: Source, cached: bool) -> None:
    key = hashlib.sha256(json.dumps([__version__, schema, data]).encode()).hexdigest()
    if cached and cache.load(VALID, key):
        return
    found = faults(schema, data, source)
    if found:
        raise BlueprintError(found)
    if cached:
        cache.store(VALID, key, True)


def completed_options(component: Component, given: Mapping[str, Any], blueprint: Blueprint) -> dict[str, Any]:
    """`given` options of a component, with its defaults under what the blueprint goes by."""
    options = options_schema(component)
    defaults = {name: deepcopy(option.get("default")) for name, option in options.items()}
    return {**defaults, **_set_defaults(component, blueprint.sets, given), **given}


def _defaults_of(data: Mapping[str, Any], schema: Schema, catalog: Catalog) -> dict[str, Any]:
    """What the pattern, the profile and the security level of a blueprint say where it is silent itself."""
    result: dict[str, Any] = {}
    for kind, name in {"pattern": data.get("pattern"), **_chosen_sets(data, schema)}.items():
        component = catalog.of(kind).get(name) if isinstance(name, str) else None
        if component is not None:
            result = merged(result, component.data.get("defaults", {}))
    return {k: v for k, v in result.items() if not _other_choice(schema["properties"].get(k, {}), v, data.get(k))}


def _sets(data: Mapping[str, Any], schema: Schema, catalog: Catalog) -> dict[str, str]:
    """The sets of defaults that a blueprint goes by, and what it says of its page: see `site_of`."""
    sets = _chosen_sets(data, schema)
    options = complete(schema["properties"]["presentation"], data.get("presentation", {}), catalog, sets)
    return {**sets, **site_of(catalog.get("presentation", options["hosting"]), options)}


def site_of(component: Component, options: Mapping[str, Any]) -> dict[str, str]:
    """Where the page of an application stands: the `host` in its address, and what it is to the API (`site`).

    `elsewhere` is a host of its own, `same-host` one that leads to the API too. Empty where nobody hosts a page.
    """
    said = facts(component, options)
    return {name: str(said[name]) for name in ("site", "host") if name in said}


def _chosen_sets(data: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The sets of defaults that a blueprint names, as kind of component and name; later ones win."""
    sections = schema["properties"]
    level, security = sections["security"]["properties"]["level"], data.get("security")
    said = security.get("level") if isinstance(security, Mapping) else security
    return {
        "profile": data.get("profile", sections["profile"]["default"]),
        "security-level": level["default"] if said is None else said,
    }


def _other_choice(schema: Schema, default: Any, own: Any) -> bool:
    """Whether a default belongs to another component than the one that the blueprint chose.

    `auth: none` is not merged with a pattern's `auth: {method: cognito}`.
    """
    by = schema.get("x-by")
    if by is None or own is None:
        return False
    chosen = own.get(by) if isinstance(own, Mapping) else own
    return chosen is not None and chosen != default.get(by)


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
    return _set_defaults(catalog.get(kind, name), sets, said)


def _set_defaults(component: Component, sets: Mapping[str, str], said: Mapping[str, Any]) -> dict[str, Any]:
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
