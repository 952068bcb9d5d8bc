"""The `workers` section, turned into functions that work on events and the triggers that hand them these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Part, Resource, Scope, Use
from tierforge.names import pascal
from tierforge.stack.caches import PRIMARY, cache_use
from tierforge.stack.functions import runtime_of, settings_of
from tierforge.stack.queues import Queues
from tierforge.stack.resources import attribute, key_faults, listing, resource_of, unknown_store

CHANGES = {"create", "update", "delete"}
VISIBILITY = 6  # times a worker's timeout: until then a message that it took is not given to another (Lambda's guide)


def items_of_workers(resources: Sequence[Resource], blueprint: Blueprint) -> dict[str, Resource]:
    """By worker, the items that it works on: those of the resource that its store is for, or the store's own."""
    found = {}
    for name, data in blueprint.data["workers"].items():
        store = data.get("data_store")
        if store is not None:
            shared = next((resource for resource in resources if resource.store == store), None)
            items = shared or _own_items(store, blueprint)
            span = blueprint.source.span(["workers", name, "data_store"])
            found[name] = replace(items, operations=tuple(data["operations"]), span=span)
    return found


def _own_items(store: str, blueprint: Blueprint) -> Resource:
    """The items of a store that no resource of the API holds any in."""
    options = blueprint.data["data_stores"].get(store, {})
    partition, sort = attribute(options.get("partition_key")), attribute(options.get("sort_key"))
    items = resource_of(store, {"data_store": store, "operations": [], "owner": False, "id": "id"}, blueprint)
    if partition and sort:
        return replace(items, id=sort["name"], scope=(Scope(partition["name"], "path", partition["name"]),))
    return items


def workers_of(
    items: Mapping[str, Resource], stores: Mapping[str, Part], queues: Queues, blueprint: Blueprint, catalog: Catalog
) -> list[Function]:
    """The function of every worker."""
    return [_worker(name, items.get(name), stores, queues, blueprint, catalog) for name in blueprint.data["workers"]]


def asked(store: Part, functions: Sequence[Function]) -> Part:
    """`store` with its slots filled by the triggers that it hands its changes to."""
    triggers = (function.trigger for function in functions if function.trigger)
    asking = (trigger for trigger in triggers if trigger.options.get("data_store") == store.name)
    return replace(store, uses=tuple(Use(trigger, "attachment") for trigger in asking))


def _worker(
    name: str,
    items: Resource | None,
    stores: Mapping[str, Part],
    queues: Queues,
    blueprint: Blueprint,
    catalog: Catalog,
) -> Function:
    data, full = blueprint.data["workers"][name], f"{name}-worker"
    span = blueprint.source.span(["workers", name], of="key")
    places = (("workers", name, "function"),)
    settings = settings_of(places, blueprint)
    store = stores.get(data.get("data_store"))
    uses: tuple[Use, ...] = ()
    if store and items:
        store = replace(store, view={**store.view, "list": listing(items)})
        uses = (
            Use(store, PRIMARY, items.operations, items),
            *cache_use(items, items.operations, stores, blueprint),
        )
    trigger = _trigger(name, full, settings, stores, queues, blueprint, catalog)
    if trigger.facts.get("reads") and trigger.view["source"]:
        uses += (Use(trigger.view["source"], "source"),)
    words = {**trigger.options, "queue": trigger.options.get("queue") or name}
    return Function(
        name=full,
        id=pascal(full),
        kind="worker",
        description=f"Works on {trigger.facts['hands'].format(**words)}"[:256],
        folder=f"functions/{full}",
        runtime=runtime_of(settings, span, catalog),
        identifier=str(settings["runtime"]),
        settings=settings,
        span=span,
        uses=uses,
        environment=dict(settings["environment"]),
        places=places,
        trigger=trigger,
        where=("workers", name),
    )


def _trigger(
    name: str,
    function: str,
    settings: Mapping[str, Any],
    stores: Mapping[str, Part],
    queues: Queues,
    blueprint: Blueprint,
    catalog: Catalog,
) -> Part:
    """What calls a worker, with the store or queue that it reads and the queue for what can't get done."""
    options, where = blueprint.data["workers"][name]["trigger"], ("workers", name, "trigger")
    component = catalog.get("trigger", options["type"])
    part = Part(
        component,
        name,
        blueprint.source.span(where, of="key"),
        id=pascal(function),
        options=options,
        facts=facts(component, options),
        where=where,
    )
    view: dict[str, Any] = {"source": stores.get(options.get("data_store", ""))}
    if part.facts.get("queue"):
        view["queue"] = queues.named(
            options["queue"] or name,
            part.span,
            visibility_seconds=VISIBILITY * settings["timeout_seconds"],
            max_receives=options["max_retries"] + 1,
            retention_seconds=options["max_age_seconds"],
            kms_key_arn=options["kms_key_arn"],
        )
    if part.facts.get("dead_letters"):
        view["dead_letters"] = queues.dead_letters(function, part.id, part.span, part)
    return replace(part, view=view)


def worker_faults(
    functions: Sequence[Function], stores: Mapping[str, Part], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """Stores that are not there or hand out nothing, and queues that two workers would read."""
    readers: dict[str, Part] = {}
    for function in functions:
        trigger: Any = function.trigger
        if named := blueprint.data["workers"][trigger.name].get("data_store"):
            yield from unknown_store(named, stores, blueprint.source.span([*function.where, "data_store"]))
        for use in function.uses:
            if use.resource:
                yield from key_faults(use.resource, use.part, blueprint)
        if "data_store" in trigger.options:
            yield from _source_faults(trigger, stores, blueprint)
            yield from _circles(function, trigger)
        yield from _repeats(function, trigger, blueprint)
        if queue := trigger.view.get("queue"):
            other = readers.setdefault(queue.name, trigger)
            if other is not trigger:
                message = f"the workers {other.name!r} and {trigger.name!r} would take each other's messages"
                yield Diagnostic(message, trigger.span, "give each of them a queue", related=(other.span,))


def _repeats(function: Function, trigger: Part, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Items made of messages, which may come twice, in a store that can't tell the second time."""
    for use in function.uses if trigger.facts.get("content") else ():
        if "create" in use.operations and use.part.facts.get("repeatable") is False:
            message = f"a message that is delivered twice would become two items of {use.part.name!r}"
            place = blueprint.source.span([*function.where, "data_store"])
            yield Diagnostic(message, place, "leave `data_store` out and write there yourself, or name another store")


def _circles(function: Function, trigger: Part) -> Iterator[Diagnostic]:
    """A worker that changes what it is called for."""
    for use in function.uses:
        if use.part.name == trigger.options["data_store"] and set(use.operations) & CHANGES:
            message = (
                f"the worker {trigger.name!r} changes the data store whose changes it works on: it may call itself"
            )
            hint = "write to another data store, or see to it that its own changes end the circle"
            yield Diagnostic(message, function.span, hint, severity="warning")


def _source_faults(trigger: Part, stores: Mapping[str, Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """A trigger's data store that is not there, or hands out nothing that the trigger takes."""
    named, place = trigger.options["data_store"], blueprint.source.span([*trigger.where, "data_store"])
    yield from unknown_store(named, stores, place)
    able = [name for name, store in stores.items() if trigger.component.name in store.facts.get("triggers", ())]
    if named in stores and named not in able:
        kind = stores[named].component.name
        message = f"the data store {named!r} is of type {kind}: it is no source for {trigger.component.name}"
        hint = f"these are: {', '.join(able)}" if able else "declare a data store of the type that the trigger is for"
        yield Diagnostic(message, place, stores[named].facts.get("becomes_source", hint))
