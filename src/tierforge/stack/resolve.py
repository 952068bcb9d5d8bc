"""A blueprint, turned into a stack: its routes, functions, stores and network, and the parts they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import BlueprintError, Diagnostic, has_errors
from tierforge.model import Function, Part, Resource, Route, Stack
from tierforge.names import pascal
from tierforge.stack.access import access_faults, access_of, exposed_routes, range_faults
from tierforge.stack.access_logs import access_log_faults, access_log_of
from tierforge.stack.adoption import adoption_faults
from tierforge.stack.caches import cache_faults, forgetful, worked
from tierforge.stack.callers import caller_faults, lonely_authorizers, undeclared_names
from tierforge.stack.checks import alike_names, misfits, notes, refusals
from tierforge.stack.clients import client_faults, clients_of
from tierforge.stack.concurrency import concurrency_faults
from tierforge.stack.domains import domain_faults, region_faults
from tierforge.stack.events import bus_of, event_faults, with_events
from tierforge.stack.function_checks import function_faults
from tierforge.stack.functions import api_function, brought_functions
from tierforge.stack.integrations import integration_faults, queued
from tierforge.stack.invocations import invocation_faults, with_invocations
from tierforge.stack.network import network_of
from tierforge.stack.network_checks import network_faults
from tierforge.stack.offered import chosen, offered
from tierforge.stack.parts import beside_the_api, parts_of
from tierforge.stack.queues import Queues
from tierforge.stack.quotas import quota_faults
from tierforge.stack.reach import reach_faults, reached, reaching
from tierforge.stack.resources import index_faults, resource_faults, store_view, stores_touched
from tierforge.stack.routes import paths_of, route_faults
from tierforge.stack.secrets import secret_faults, with_secrets
from tierforge.stack.security import account_faults, guarding, guardrails_of
from tierforge.stack.service_calls import called_services, service_call_faults, with_service_calls
from tierforge.stack.stages import stage_faults, stages_of
from tierforge.stack.traffic import traffic_faults
from tierforge.stack.workers import asked, items_of_workers, worker_faults, workers_of


def resolve(blueprint: Blueprint, catalog: Catalog) -> Stack:
    """Decide everything that the templates print.

    Raises BlueprintError with all that AWS would refuse and the blueprint can be blamed for.
    """
    offer = offered(blueprint, catalog)
    api, auths, resources = offer.api, offer.auths, offer.resources
    items = items_of_workers(resources, blueprint)
    stores = _stores(blueprint, catalog, resources, items)
    queues = Queues(blueprint, catalog)
    workers = workers_of(items, stores, queues, blueprint, catalog)
    routes = [queued(route, queues) for route in offer.routes]
    authorizers = auths.parts(routes)
    stages = stages_of(blueprint, api)
    services = called_services(blueprint, catalog)
    made = with_service_calls([*_functions(routes, authorizers, stores, blueprint, catalog), *workers], services)
    bus = bus_of(blueprint, catalog)
    made = with_events(made, bus, resources, blueprint)
    functions = with_secrets(with_invocations(made, stages, blueprint, catalog), blueprint, catalog)
    access = access_of(api, routes, stages, blueprint)
    log = access_log_of(api, list(beside_the_api(blueprint, catalog)), blueprint)
    site, front_end = site_of(blueprint, catalog)
    network = network_of(functions, list(stores.values()), blueprint, catalog, reached=bool(access and access.created))
    stack = Stack(
        name=blueprint.stack_name,
        stages=stages,
        parts=(),
        api=replace(api, view={"access": access, "access_log": log}),
        auths=tuple(reaching(auth, stores) for auth in authorizers),
        resources=resources,
        routes=tuple(routes),
        functions=tuple(functions),
        stores=tuple(worked(asked(reached(store, authorizers), workers), functions) for store in stores.values()),
        queues=tuple(queues.parts()),
        services=(*services, *([bus] if bus else [])),
        network=network,
        guardrails=guardrails_of(blueprint, catalog),
        site=site,
        front_end=front_end,
        clients=clients_of(blueprint, catalog, authorizers),
    )
    parts = parts_of(stack, blueprint, catalog)
    stack = replace(stack, guardrails=guarding(stack.guardrails, parts, blueprint))
    parts.append(stack.guardrails)
    found = [
        *(f for r in resources for f in _resource_faults(r, routes, stores, blueprint)),
        *(f for store in stores.values() for f in index_faults(store, blueprint)),
        *integration_faults(routes, stores),
        *cache_faults(resources, routes, functions, authorizers, stores, blueprint),
        *forgetful(resources, stores, blueprint),
        *route_faults(routes, paths_of(routes)),
        *quota_faults(api, parts, blueprint),
        *alike_names(blueprint),
        *caller_faults(resources, routes, blueprint, catalog),
        *lonely_authorizers(authorizers, blueprint),
        *client_faults(blueprint, stack.clients, authorizers),
        *undeclared_names(authorizers, blueprint),
        *reach_faults(authorizers, stores, resources, blueprint, catalog),
        *function_faults(functions, blueprint, catalog),
        *invocation_faults(functions, network, blueprint),
        *service_call_faults(services, functions, network, blueprint),
        *event_faults(bus, resources, routes, blueprint),
        *secret_faults(functions, blueprint),
        *concurrency_faults(stack, blueprint),
        *worker_faults(workers, stores, blueprint),
        *stage_faults(stack.stages, api, parts, blueprint),
        *network_faults(network, stores.values(), blueprint),
        *adoption_faults(stores.values(), blueprint),
        *refusals(parts, blueprint),
        *misfits(api, routes, blueprint, catalog),
        *traffic_faults(routes, api, blueprint),
        *access_faults(access, blueprint),
        *exposed_routes(access, routes),
        *range_faults(blueprint),
        *access_log_faults(api, log, blueprint, catalog),
        *domain_faults(parts, blueprint),
        *region_faults(parts, blueprint),
        *account_faults(parts, blueprint),
        *notes(resources, routes, stores, blueprint),
    ]
    if has_errors(found):
        raise BlueprintError([f for f in found if f.severity == "error"])
    return replace(stack, parts=tuple(parts), notes=tuple(found))


def site_of(blueprint: Blueprint, catalog: Catalog) -> tuple[Part, Part] | tuple[None, None]:
    """What hosts the page, and what the page is made with; nothing where nobody hosts one."""
    site = chosen(blueprint, catalog, "presentation", "hosting", ["presentation"])
    known = {"api": blueprint.data["api"], "blueprint": blueprint.data, **site.options}
    site = replace(site, id="Site", facts=facts(site.component, known))
    if "host" not in site.facts:
        return None, None
    where = ["presentation", "framework"]
    component = catalog.get("framework", site.options["framework"])
    span = blueprint.source.span(where, of="key")
    front_end = Part(component, component.name, span, facts=facts(component, site.options), where=tuple(where))
    return site, front_end


def _resource_faults(
    resource: Resource, routes: Sequence[Route], stores: Mapping[str, Part], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """What is wrong with a resource; an integration that answers by itself needs no store for its operations."""
    own = [r.integration.facts for r in routes if r.resource is resource and r.operation != "custom"]
    keeps = any(said.get("function") for said in own)
    yield from resource_faults(resource, blueprint.data["resources"][resource.name], stores, blueprint, keeps)


def _stores(
    blueprint: Blueprint, catalog: Catalog, resources: Sequence[Resource], items: Mapping[str, Resource]
) -> dict[str, Part]:
    """The data stores by name; `items` are what workers keep in them."""
    touched = {resource.name: stores_touched(blueprint.data["resources"][resource.name]) for resource in resources}
    stores = {}
    for name, options in blueprint.data["data_stores"].items():
        component = catalog.get("data-store", options["type"])
        part = Part(
            component,
            name,
            blueprint.source.span(["data_stores", name], of="key"),
            id=pascal(name),
            options=options,
            facts={**facts(component, options), "engine": options.get("engine")},
            where=("data_stores", name),
        )
        using = [resource for resource in resources if name in touched[resource.name]]
        users_by_name: dict[str, Resource] = {}
        for resource in (*using, *(r for r in items.values() if r.store == name)):
            users_by_name.setdefault(resource.name, resource)
        users = sorted(
            users_by_name.values(), key=lambda resource: resource.store != name
        )  # whose items it holds, first
        stores[name] = replace(part, view=store_view(part, users))
    return stores


def _functions(
    routes: Sequence[Route],
    auths: Sequence[Part],
    stores: Mapping[str, Part],
    blueprint: Blueprint,
    catalog: Catalog,
) -> list[Function]:
    """The functions behind routes, then those that authorizers and stores bring along."""
    served: dict[tuple[str, str], list[Route]] = {}
    for route in routes:
        if route.function:
            served.setdefault((route.function, route.name if route.own else ""), []).append(route)
    functions = [api_function(group, stores, blueprint, catalog) for group in served.values()]
    brought = (f for part in (*auths, *stores.values()) for f in brought_functions(part, blueprint, catalog))
    return [*functions, *brought]
