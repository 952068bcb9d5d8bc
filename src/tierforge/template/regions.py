"""A finished template, held against what its Region offers, and those that its resources are copied to.

What a Region offers is what CloudFormation registers there, as cfn-lint's schemas have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic, Span
from tierforge.tables import known_region, missing_in, nearest
from tierforge.template.assemble import Template

REGION = "Region"  # the property that says where a copy of a resource goes
NEAR = 3  # Regions that a hint names


def region_faults(template: Template, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Regions that there are none of, and resource types that a Region lacks, at what asked for them."""
    here, top = blueprint.source.span(["region"]), blueprint.source.span([])
    if not known_region(blueprint.region):
        yield _unknown(blueprint.region, here)
        return
    missing: dict[tuple[str, str], dict[str, Span]] = {}  # by Region and service: the types, and what asked for each
    for entry in template.resources():
        service, _, kind = str(entry.data["Type"]).rpartition("::")
        for region in (blueprint.region, *dict.fromkeys(_copies(entry.data.get("Properties")))):
            if not known_region(region):
                yield _unknown(region, entry.part.span)
            elif missing_in(region, str(entry.data["Type"])):
                missing.setdefault((region, service), {}).setdefault(kind, entry.part.span)
    for (region, service), kinds in missing.items():
        message = f"{region} does not offer {service} {', '.join(sorted(kinds))}"
        able = nearest(region, (f"{service}::{kind}" for kind in kinds))[:NEAR]
        near = f"choose another Region, such as {', '.join(able)}" if able else "choose another Region"
        # what nobody asked for stands nowhere: there the Region alone can be told
        said = [span for span in dict.fromkeys(kinds.values()) if span != top]
        place, *others = [*said, *([here] if here != top else [])] or [top]
        yield Diagnostic(message, place, f"{near}, or do without what needs it", related=tuple(others))


def _copies(value: Any) -> Iterator[str]:
    """The Regions that the properties of a resource name as those of its copies."""
    for key, below in value.items() if isinstance(value, Mapping) else ():
        if key == REGION and isinstance(below, str):
            yield below
        yield from _copies(below)
    for below in value if isinstance(value, list) else ():
        yield from _copies(below)


def _unknown(region: str, place: Span) -> Diagnostic:
    from difflib import get_close_matches

    from tierforge.tables import regions

    close = get_close_matches(region, regions(), n=1)
    hint = f"did you mean {close[0]}?" if close else "see the Regions of AWS"
    return Diagnostic(f"there is no Region {region!r}", place, hint)
