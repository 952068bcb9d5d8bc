"""What a service and its resources publish, turned into uses of the bus by the functions that do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.events import events_of, source_of
from tierforge.blueprint.services import PLATFORM
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Part, Resource, Route, Use

PUBLISHER = "publisher"  # the role of the bus that a function puts events on


def bus_of(blueprint: Blueprint, catalog: Catalog) -> Part | None:
    """The bus that the service publishes on; None where it tells nobody of anything, or there are no others."""
    if not (blueprint.service and events_of(blueprint.data)):
        return None
    component = catalog.get("callee", "bus")
    return Part(
        component,
        "event-bus",
        blueprint.source.span(["publishes"], of="key"),
        id="EventBus",
        facts=facts(component, {}),
        view={"source": source_of(str(blueprint.data["name"]), blueprint.service)},
        where=("publishes",),
    )


def with_events(
    functions: Sequence[Function], bus: Part | None, resources: Sequence[Resource], blueprint: Blueprint
) -> list[Function]:
    """`functions`, where each may publish its own events: those of the operations that it serves.

    What the service publishes and no resource does is for code that people write: any function with work may.
    """
    if bus is None:
        return list(functions)
    told = {event for resource in resources for event in resource.publishes.values()}
    free = [event for event in events_of(blueprint.data) if event not in told]
    made = []
    for function in functions:
        own = (route.resource.publishes.get(route.operation, "") for route in function.routes)
        working = free if function.routes or function.trigger else []
        events = tuple(sorted({*filter(None, own), *working}))
        uses = (*function.uses, Use(bus, PUBLISHER, events)) if events else function.uses
        made.append(replace(function, uses=uses))
    return made


def event_faults(
    bus: Part | None, resources: Sequence[Resource], routes: Sequence[Route], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """Events that nobody could publish or hear of."""
    declared = blueprint.data.get("publishes") or []
    for resource in resources:
        where = ["resources", resource.name, "publishes"]
        said = blueprint.data["resources"][resource.name].get("publishes")
        if resource.publishes and not blueprint.service:
            message = "events are for other services, and this application has none"
            hint = "leave `publishes` out, or make services of it (tierforge new microservices)"
            yield Diagnostic(message, blueprint.source.span(where, of="key"), hint)
            continue
        for operation, event in resource.publishes.items():
            place = blueprint.source.span(where if isinstance(said, str) else [*where, operation])
            own = [r for r in routes if r.resource is resource and r.operation == operation]
            if not own:
                hint = f"its operations are: {', '.join(resource.operations) or 'none'}"
                yield Diagnostic(f"{resource.name!r} has no {operation} that could tell of {event!r}", place, hint)
            elif not own[0].function:
                message = f"no function of this service answers the {operation} of {resource.name!r}"
                yield Diagnostic(message, place, "leave `integration` out: it is a function that publishes")
            if declared and event not in declared:
                close = get_close_matches(event, declared, n=1)
                hint = f"did you mean {close[0]!r}?" if close else "add it to the `publishes` of the service"
                yield Diagnostic(f"{event!r} is none of the events that the service publishes", place, hint)
    platform = blueprint.others.get(PLATFORM)
    for key in ("publishes", "subscribes"):
        used = bus if key == "publishes" else blueprint.data.get(key)
        if platform and used and _place(blueprint) != _place(platform):
            account, region = _place(platform)
            message = f"the bus is {f'in account {account}, ' if account else ''}in {region}, and this service is not"
            hint = "let it stand there too, or let one call the other (`calls`): events stay in an account and Region"
            at = blueprint.source.span([key] if blueprint.data.get(key) else ["resources"], of="key")
            yield Diagnostic(message, at, hint)


def _place(blueprint: Blueprint) -> tuple[str, str]:
    return blueprint.account_id, blueprint.region
