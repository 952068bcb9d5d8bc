"""Events that services tell each other of: who publishes each, and the triggers of the workers that subscribe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from tierforge.blueprint.environments import merged
from tierforge.blueprint.source import SERVICES, Source
from tierforge.diagnostics import Diagnostic

TRIGGER = {"type": "event"}  # what subscriptions are
OWN = ("type", "bus", "pattern")  # what a subscription says of a worker's trigger: the rest is the worker's


def source_of(application: str, service: str) -> str:
    """What the events of a service name as their source."""
    return f"{application}.{service}"


def told_of(resource: Any) -> dict[str, str]:
    """By operation, the event that a resource publishes; a name alone is that of `create`."""
    said = resource.get("publishes") if isinstance(resource, Mapping) else None
    if isinstance(said, str):
        return {"create": said}
    return {name: event for name, event in said.items() if event} if isinstance(said, Mapping) else {}


def events_of(own: Mapping[str, Any]) -> list[str]:
    """The events that a service publishes, as it or one of its resources says; each once."""
    resources = own.get("resources")
    of_resources = resources.values() if isinstance(resources, Mapping) else ()
    return list(dict.fromkeys([*(own.get("publishes") or ()), *(e for r in of_resources for e in told_of(r).values())]))


def subscription_faults(said: Mapping[str, Any], source: Source) -> Iterator[Diagnostic]:
    """Events that no service publishes, and workers that have other work already; `said` are the services."""
    published = {event: name for name, own in said.items() for event in events_of(own)}
    for name, own in said.items():
        for event, worker in (own.get("subscribes") or {}).items():
            if event not in published:
                close = get_close_matches(str(event), map(str, published), n=1)
                known = f"published are: {', '.join(published)}" if published else "say `publishes` in another service"
                hint = f"did you mean {close[0]!r}?" if close else known
                place = source.span([SERVICES, name, "subscribes", event], of="key")
                yield Diagnostic(f"no service publishes {event!r}", place, hint)
            trigger = _trigger(own, worker)
            taken = [key for key in OWN if key in trigger and trigger[key] != TRIGGER.get(key)]
            if taken:
                place = source.span([SERVICES, name, "workers", worker, "trigger", taken[0]])
                other = source.span([SERVICES, name, "subscribes", event], of="key")
                message = f"the worker {worker!r} takes the events that it subscribes to, and other work beside them"
                yield Diagnostic(message, place, "leave it out, or let another worker subscribe", related=(other,))


def subscribing(own: Mapping[str, Any], said: Mapping[str, Any], application: str, bus: str) -> dict[str, Any]:
    """What a service says, with a trigger for every worker that subscribes; one that isn't said is made.

    `bus` is the parameter that holds the name of the bus. Who publishes is known of all services (`said`).
    """
    heard: dict[str, list[str]] = {}
    for event, worker in (own.get("subscribes") or {}).items():
        heard.setdefault(worker, []).append(event)
    triggers = {worker: {"trigger": _subscription(heard[worker], said, application, bus)} for worker in heard}
    workers = own.get("workers") or {}
    if not heard or not isinstance(workers, Mapping):
        return dict(own)
    return {**own, "workers": merged(triggers, workers)}


def _subscription(events: list[str], said: Mapping[str, Any], application: str, bus: str) -> dict[str, Any]:
    """The trigger for `events`: of their publishers alone, whose roles let each of them publish just its own."""
    publishers = sorted(name for name, other in said.items() if not set(events).isdisjoint(events_of(other)))
    pattern = {"source": [source_of(application, name) for name in publishers], "detail-type": sorted(events)}
    return {**TRIGGER, "bus": {"parameter": bus}, "pattern": pattern}


def _trigger(own: Mapping[str, Any], worker: str) -> Mapping[str, Any]:
    """What a service says of a worker's trigger."""
    found: Any = own
    for step in ("workers", worker, "trigger"):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
