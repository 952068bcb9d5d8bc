"""What a blueprint says of `integration`, turned into the parts that answer routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.model import Part, Where


def integration_of(said: Mapping[str, Any], where: Where, blueprint: Blueprint, catalog: Catalog) -> Part:
    """The part behind a route; `said` is what stands at `where`, its resource or the route itself, with defaults."""
    component = catalog.get("integration", said["type"])
    known = {**said, "api": blueprint.data["api"]}
    span = blueprint.source.span(where, of="key")
    return Part(component, component.name, span, options=said, facts=facts(component, known), where=where)
