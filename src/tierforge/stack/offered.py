"""A blueprint, turned into what its API offers: the resources and the routes, and who may call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.model import Part, Resource, Route, Where
from tierforge.stack.authorization import Authorization, subject
from tierforge.stack.integrations import integration_of
from tierforge.stack.resources import resource_of
from tierforge.stack.routes import custom_route, route_name, routes_of
from tierforge.stack.traffic import with_traffic


@dataclass(frozen=True)
class Offer:
    """An API with its resources and routes; `auths` knows who may call each."""

    api: Part
    auths: Authorization
    resources: tuple[Resource, ...]
    routes: tuple[Route, ...]


def offered(blueprint: Blueprint, catalog: Catalog) -> Offer:
    """What the API of `blueprint` offers."""
    auths = Authorization(blueprint, catalog)
    api = chosen(blueprint, catalog, "api", "type", ["api"])
    resources = tuple(
        resource_of(name, data, blueprint, subject(auths.of(_said_of_auth(name, blueprint))))
        for name, data in blueprint.data["resources"].items()
    )
    routes = (route for resource in resources for route in _routes(resource, api, auths, blueprint, catalog))
    return Offer(api, auths, resources, tuple(routes))


def chosen(blueprint: Blueprint, catalog: Catalog, kind: str, by: str, where: list[str]) -> Part:
    """The part of the component that the blueprint chooses at `where` by the key `by`."""
    options = blueprint.data
    for step in where:
        options = options[step]
    component = catalog.get(kind, options[by])
    span = blueprint.source.span(where, of="key")
    return Part(component, options[by], span, options=options, facts=facts(component, options), where=tuple(where))


def _said_of_auth(name: str, blueprint: Blueprint) -> tuple[str, Where, Any]:
    """What the blueprint says of `auth` at a resource: the resource's name, the place and what stands there."""
    return name, ("resources", name, "auth"), blueprint.data["resources"][name].get("auth")


def _routes(
    resource: Resource, api: Part, auths: Authorization, blueprint: Blueprint, catalog: Catalog
) -> Iterator[Route]:
    data = blueprint.data["resources"][resource.name]
    here = ("resources", resource.name)
    by_resource = _said_of_auth(resource.name, blueprint)
    shared = integration_of(data["integration"], (*here, "integration"), blueprint, catalog)
    operations = blueprint.source.span([*here, "operations"], of="key")
    granularity = blueprint.data["granularity"]
    for route in routes_of(resource, data, auths.of(by_resource), shared, granularity, operations):
        yield with_traffic(route, api, (here, data))
    for index, said in enumerate(data["routes"]):
        place = (*here, "routes", index)
        own = said if isinstance(said, Mapping) else {}
        auth = auths.of(by_resource, (route_name(said), (*place, "auth"), own.get("auth")))
        answered = own.get("integration")
        integration = integration_of(answered, (*place, "integration"), blueprint, catalog) if answered else shared
        route = custom_route(resource, data, index, auth, integration, granularity, blueprint.source.span(place))
        yield with_traffic(route, api, (here, data), (place, own))
