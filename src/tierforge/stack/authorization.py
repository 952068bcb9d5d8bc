"""What a blueprint says of `auth`, turned into the parts that decide who may call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint, completed_options
from tierforge.blueprint.schema import options_schema
from tierforge.components import Catalog, facts, notes_of
from tierforge.diagnostics import BlueprintError, Diagnostic
from tierforge.model import Component, Part, Route, Where
from tierforge.names import pascal

ROUTE = "route"  # the mark of an option that is a single route's and makes no other authorizer


def subject(auth: Part) -> str:
    """The claim that names a caller who was authorized by `auth`."""
    return str(auth.facts.get("subject", "sub"))


def _off(value: Any, option: Mapping[str, Any]) -> bool:
    """Whether an option is not wanted: null, or false where it is a map that true stands for."""
    return value is None or (value is False and option.get("type") == ["boolean", "object"])


class Authorization:
    """The authorization of the API, its resources and its routes.

    What a resource or a route says is laid over what stands above it, key by key; another method begins
    anew. Two that come to the same authorizer share its part.
    """

    def __init__(self, blueprint: Blueprint, catalog: Catalog) -> None:
        self.blueprint, self.catalog = blueprint, catalog
        self._found: dict[str, Part] = {}  # by what makes an authorizer
        self._made: dict[tuple[Where, str], Part] = {}  # by where it was decided, and the options

    def of(self, *said: tuple[str, Where, Any]) -> Part:
        """The part behind a route; each of `said` is a name, a place and what the blueprint says there of `auth`."""
        layers: list[tuple[str, Where, Any]] = [("", ("auth",), self.blueprint.data["auth"]), *said]
        options: dict[str, Any] = {}
        places: dict[str, Where] = {}  # of what resources and routes say
        decided = layers[0]
        for layer in layers:
            own = {"method": layer[2]} if isinstance(layer[2], str) else dict(layer[2] or {})
            if own.get("method", options.get("method")) != options.get("method"):
                options, places = {}, {}
            if own and own != options:
                decided = layer
            options |= own
            places |= {key: (*layer[1], key) for key in own if layer is not layers[0]}
        component = self.catalog.get("auth", options["method"])
        marks = options_schema(component)
        self._refuse_others(component, places)
        given = {key: value for key, value in options.items() if not _off(value, marks.get(key, {}))}
        options = {**completed_options(component, given, self.blueprint), "method": component.name}
        key = decided[1], json.dumps(options, sort_keys=True)
        if key not in self._made:
            self._made[key] = self._part(component, options, *decided[:2])
        return self._made[key]

    def _refuse_others(self, component: Component, places: Mapping[str, Where]) -> None:
        """Raise BlueprintError where a resource or route says an option that is another method's."""
        marks = options_schema(component)
        known = {"method", *(name for name, option in marks.items() if option.get("x-per-route"))}
        hint = f"known here: {', '.join(sorted(known))}"
        raised = [
            Diagnostic(
                f"auth: {component.name} has no {key!r} for one resource", self.blueprint.source.span(where), hint
            )
            for key, where in places.items()
            if key not in known
        ]
        if raised:
            raise BlueprintError(raised)

    def parts(self, routes: Sequence[Route]) -> list[Part]:
        """The authorizers that `routes` ask."""
        asked = {(route.auth.component, route.auth.id) for route in routes}
        return [part for part in self._found.values() if (part.component, part.id) in asked]

    def _part(self, component: Component, options: Mapping[str, Any], name: str, where: Where) -> Part:
        span = self.blueprint.source.span(where, of="key")
        marks = options_schema(component)
        shared = {k: v for k, v in options.items() if marks.get(k, {}).get("x-per-route") != ROUTE}
        known = {**options, "api": self.blueprint.data["api"], "blueprint": self.blueprint.data}
        said = facts(component, known) | {kind: notes_of(component, known, kind) for kind in ("notes", "advice")}
        first = self._found.setdefault(
            json.dumps([component.name, shared], sort_keys=True),
            Part(component, component.name, span, id=pascal(name), of=name, options=shared, facts=said, where=where),
        )
        return replace(first, span=span, options=options, facts=said, where=where)
