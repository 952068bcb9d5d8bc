"""A source, turned into a blueprint: merged with the defaults of its pattern and profile, checked, completed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tierforge import __version__, cache
from tierforge.blueprint.completion import complete, set_defaults
from tierforge.blueprint.environments import merged
from tierforge.blueprint.files import files_of, include
from tierforge.blueprint.schema import Schema, compose, of_pattern, of_service, options_schema
from tierforge.blueprint.services import parameter
from tierforge.blueprint.source import ENVIRONMENTS, SERVICES, Source
from tierforge.blueprint.validation import faults
from tierforge.components import Catalog, facts
from tierforge.diagnostics import BlueprintError
from tierforge.model import Component

VALID = "valid"  # the kind of cache entry


@dataclass(frozen=True)
class Blueprint:
    """A valid blueprint with every default in its place; `source` says where each value stands.

    `environment` names the one of `environments` that was laid over it, "" for none; `account_id` is the
    account that it is for, "" for any. `files` are the texts of the files that it names, by path; `sets` what its
    components' defaults go by. `member` names a stack beside the application's main one, "" for that. `service` is
    the one of `services` that it is about, and `others` are all of them by name, and what they share.
    """

    source: Source
    data: Mapping[str, Any]
    environment: str = ""
    account_id: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    member: str = ""
    service: str = ""
    others: Mapping[str, Blueprint] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The application's name: of one of several services, with the service's behind it."""
        return f"{self.data['name']}-{self.service}" if self.service else str(self.data["name"])

    @property
    def stack_name(self) -> str:
        return "-".join(filter(None, (self.name, self.member, self.environment)))

    @property
    def region(self) -> str:
        return str(self.data["region"])

    @property
    def tags(self) -> dict[str, str]:
        """What everything that can be tagged carries, by name."""
        where = {"Environment": self.environment, "Service": self.service}
        own = {"Application": self.data["name"], **{key: value for key, value in where.items() if value}}
        return dict(sorted({**own, **self.data["tags"]}.items()))

    def parameter(self, output: str, service: str = "") -> str:
        """The name of the SSM parameter that holds an output of what services share, or of a service."""
        return parameter(str(self.data["name"]), self.environment, output, service)

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


def check_services(source: Source, catalog: Catalog, *, cached: bool = True) -> None:
    """Raise BlueprintError where a blueprint with `services` is at fault; what these say is validated later."""
    if source.data.get(SERVICES) is not None:
        schema = compose(catalog)
        said = _with_defaults(source, schema, catalog)
        _check(of_pattern(schema, said.get("pattern"), catalog), said, source, cached)


def _with_defaults(source: Source, schema: Schema, catalog: Catalog) -> dict[str, Any]:
    return merged(_defaults_of(source.data, schema, catalog), source.data)


def validate(source: Source, catalog: Catalog, environment: str = "", *, cached: bool = True) -> Blueprint:
    """Check `source`, an environment's or the whole blueprint, against the schema and complete it.

    With `cached`, what was found valid before is not checked again: loading the validator takes longer
    than everything else here. Raises BlueprintError with every fault, each at its place in the source.
    """
    schema = compose(catalog)
    data = _with_defaults(source, schema, catalog)
    schema = _schema_for(source, schema, catalog)
    _check(schema, data, source, cached)
    files = files_of(schema, data, source)
    sets = _sets(data, schema, catalog)
    completed = complete(schema, data, catalog, sets)
    include(schema, completed, source, files)
    return Blueprint(source, completed, environment, source.account_id, files, sets, service=source.service)


def _schema_for(source: Source, schema: Schema, catalog: Catalog) -> Schema:
    """The schema of a source: of a whole blueprint by its pattern, or of one service, or of what they share."""
    if not source.service:
        return of_pattern(schema, source.data.get("pattern"), catalog)
    return of_service(schema, shared=SERVICES in source.data)


def _check(schema: Schema, data: Any, source: Source, cached: bool) -> None:
    key = hashlib.sha256(json.dumps([__version__, schema, data]).encode()).hexdigest() if cached else ""
    if key and cache.load(VALID, key):
        return
    found = faults(schema, data, source)
    if found:
        raise BlueprintError(found)
    if key:
        cache.store(VALID, key, True)


def completed_options(component: Component, given: Mapping[str, Any], blueprint: Blueprint) -> dict[str, Any]:
    """`given` options of a component, with its defaults under what the blueprint goes by."""
    options = options_schema(component)
    defaults = {name: deepcopy(option.get("default")) for name, option in options.items()}
    return {**defaults, **set_defaults(component, blueprint.sets, given), **given}


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
