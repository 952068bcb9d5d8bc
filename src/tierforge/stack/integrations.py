"""What a blueprint says of `integration`, turned into the parts that answer routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Span
from tierforge.model import Part


def integration_of(said: Mapping[str, Any], span: Span, blueprint: Blueprint, catalog: Catalog) -> Part:
    """The part behind a route; `said` is what its resource or the route itself says, with every default."""
    component = catalog.get("integration", said["type"])
    known = {**said, "api": blueprint.data["api"]}
    return Part(component, component.name, span, options=said, facts=facts(component, known))
