"""What a service says of others that it calls (`calls`), turned into uses of their APIs by its functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Network, Part, Route, Use
from tierforge.names import pascal
from tierforge.stack.offered import Offer, offered
from tierforge.stack.stages import stages_of

SERVICE = "service"  # the role of a service that a function calls


def called_services(blueprint: Blueprint, catalog: Catalog) -> list[Part]:
    """The services that this one calls, each with the routes that it may call there."""
    return [
        _part(index, said if isinstance(said, Mapping) else {"service": said}, blueprint, catalog)
        for index, said in enumerate(blueprint.data.get("calls") or ())
    ]


def with_service_calls(functions: Sequence[Function], services: Sequence[Part]) -> list[Function]:
    """`functions`, where those that have work of their own may call `services`: what a store brings along may not."""
    uses = tuple(Use(part, SERVICE) for part in services)
    return [replace(f, uses=(*f.uses, *uses)) if f.routes or f.trigger else f for f in functions]


def _part(index: int, said: Mapping[str, Any], blueprint: Blueprint, catalog: Catalog) -> Part:
    name = said["service"]
    component = catalog.get("callee", SERVICE)
    other = blueprint.others[name]
    offer = offered(other, catalog)
    region = other.region if other.region != blueprint.region else None
    options = {"api_id": None, "account_id": other.account_id, "routes": None, **said, "region": region}
    options["elsewhere"] = options["account_id"] not in ("", blueprint.account_id)
    routes = [f"{r.method} {r.path}" for r in _called(options, offer)]
    view = {
        "offer": offer,
        "routes": routes,
        "allowed": ", ".join(f"`{route}`" for route in routes),
        "stage": stages_of(other, offer.api)[0].name,
        "domain": offer.api.options.get("domain") or None,
    }
    return Part(
        component,
        name,
        blueprint.source.span(["calls", index]),
        id=pascal(name),
        options=options,
        facts=facts(component, options),
        view=view,
        where=("calls", index),
    )


def _called(options: Mapping[str, Any], offer: Offer) -> list[Route]:
    """The routes of a service that may be called: those that are named, or all that take signed requests."""
    wanted = options["routes"]
    return [r for r in offer.routes if f"{r.method} {r.path}" in wanted] if wanted else _signed(offer)


def _signed(offer: Offer) -> list[Route]:
    return [route for route in offer.routes if route.auth.facts.get("signed")]


def service_call_faults(
    services: Sequence[Part], functions: Sequence[Function], network: Network | None, blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """Routes that are not there, that can't be reached, or that nobody can call with a signature."""
    inside = network.functions if network else ()
    for part in services:
        offer: Offer = part.view["offer"]
        callers = [f.name for f in functions if f not in inside and any(use.part == part for use in f.uses)]
        if offer.api.facts.get("private") and callers:
            message = f"{part.name!r} is reached from VPCs alone, and {callers[0]!r} calls it from outside of any"
            hint = "let it tell of events instead (`publishes`), or say `api: {endpoint: regional}` there"
            yield Diagnostic(message, part.span, hint)
        yield from _misplaced(part, blueprint)
        if (part.options["elsewhere"] or part.options["region"]) and not part.options["api_id"]:
            message = f"the id of the API of {part.name!r} is not known here: parameters are of one account and Region"
            hint = f"say `{{service: {part.name}, api_id: …}}` with the id that the outputs of its stack say"
            yield Diagnostic(message, part.span, hint)
        if part.options["elsewhere"] and blueprint.account_id not in (offer.api.options.get("allow_accounts") or ()):
            yield _not_admitted(part, blueprint)
        known = {f"{route.method} {route.path}": route for route in offer.routes}
        for number, named in enumerate(part.options["routes"] or ()):
            place = blueprint.source.span([*part.where, "routes", number])
            if named not in known:
                hint = f"it has: {', '.join(known)}"
                yield Diagnostic(f"{part.name!r} has no route {named!r}", place, hint)
            elif known[named] not in _signed(offer):
                yield _unsigned(part.name, named, place)
        if not part.options["routes"] and not _signed(offer):
            yield _unsigned(part.name, "", part.span)


def _misplaced(part: Part, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """An account or a Region of a call that is not the one of the service."""
    other, said = blueprint.others[part.name], blueprint.data["calls"][part.where[1]]
    for option, known in (("account_id", other.account_id), ("region", other.region)):
        if known and isinstance(said, Mapping) and said.get(option) not in (None, known):
            place = blueprint.source.span([*part.where, option])
            yield Diagnostic(f"{part.name!r} is in {known}", place, "leave it out: it is known from the service")


def _not_admitted(part: Part, blueprint: Blueprint) -> Diagnostic:
    """Between accounts both have to allow a call (API Gateway, "Cross-account authorization")."""
    own = blueprint.account_id or "the account of this service, which is not said (account_id)"
    message = f"{part.name!r} is in account {part.options['account_id']}, and does not admit {own}"
    hint = f'say `api: {{allow_accounts: ["{blueprint.account_id or "<account>"}"]}}` there, and its account here'
    return Diagnostic(message, part.span, hint)


def _unsigned(service: str, route: str, place: Any) -> Diagnostic:
    what = f"{route!r} of {service!r}" if route else f"{service!r}"
    message = f"{what} can't be called by a service: it takes no requests that are signed with a role"
    hint = "say `auth: iam` there, for the route, the resource or the whole service"
    return Diagnostic(message, place, hint)
