"""What a blueprint says of its network, held against what functions ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Network, Part
from tierforge.stack.function_checks import place_of
from tierforge.stack.network import NONE, calls_out

TABLES = "route_table_ids"  # the option of a VPC that stands already


def network_faults(network: Network | None, stores: Iterable[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Settings of the network that contradict each other, or what functions need."""
    yield from _zone_faults(blueprint)
    yield from _subnet_faults(stores, blueprint)
    yield from _endpoint_faults(network, blueprint)
    if not blueprint.data["network"]["shared"]:  # else the stack that makes the VPC tells of its ways out
        yield from egress_faults(network, [(network, blueprint)] if network else [], blueprint)
    yield from _outside_faults(network)


def _outside_faults(network: Network | None) -> Iterator[Diagnostic]:
    """Functions that are in a VPC for one store, and use another that can't be reached from there."""
    for function in network.functions if network else ():
        for use in function.uses:
            if why := use.part.facts.get("outside"):
                message = (
                    f"the function {function.name!r} is in a VPC, and can't reach {use.part.name!r} from there: {why}"
                )
                hint = (
                    "leave out what it is in the VPC for (another store, a `cache`), or give that a function of its own"
                )
                yield Diagnostic(message, function.span, hint)


def _zone_faults(blueprint: Blueprint) -> Iterator[Diagnostic]:
    zones = blueprint.data["network"]["availability_zones"]
    for index, zone in enumerate(zones if isinstance(zones, list) else ()):
        if zone[:-1] != blueprint.region:
            place = blueprint.source.span(["network", "availability_zones", index])
            message = f"the zone {zone} is not in {blueprint.region}"
            yield Diagnostic(message, place, f"name zones of that Region, such as {blueprint.region}a, or say how many")


def _subnet_faults(stores: Iterable[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Stores that stand in more zones than the VPC that is named is said to have subnets in."""
    vpc = blueprint.data["network"]["vpc"]
    given = len(vpc["private_subnet_ids"]) if isinstance(vpc, Mapping) else 0
    for store in stores:
        wanted = store.facts.get("subnets", 1)
        if given and store.facts.get("placed") and wanted > given:
            message = f"{store.name!r} needs subnets in {wanted} zones, and {given} are named"
            place = blueprint.source.span(["network", "vpc", "private_subnet_ids"])
            yield Diagnostic(message, place, "name more private subnets of the VPC, each in another zone")


def _endpoint_faults(network: Network | None, blueprint: Blueprint) -> Iterator[Diagnostic]:
    said = blueprint.source.data.get("network") or {}
    options = blueprint.data["network"]
    given = isinstance(options["vpc"], Mapping)
    here = blueprint.source.span(["network", "endpoints"])
    if options["endpoints"] == "existing" and not given:
        yield Diagnostic(
            "a VPC that is created has no endpoints yet", here, "name the VPC: vpc: {vpc_id, private_subnet_ids}"
        )
    if options["endpoints"] == "existing" and given and "cidr" not in said:
        hint = "say the VPC's range as `cidr`: functions may connect to port 443 within it only"
        yield Diagnostic("where the existing endpoints are is not known", here, hint)
    if network and network.gateways and given and options["endpoints"] == "create" and not options["vpc"].get(TABLES):
        services = " and ".join(gateway.service for gateway in network.gateways)
        place = blueprint.source.span(["network", "vpc"])
        hint = f"name them (`vpc: {{{TABLES}: […]}}`), or create it there and say `endpoints: existing` with `cidr`"
        yield Diagnostic(
            f"the gateway endpoint of {services} belongs into route tables that aren't known here", place, hint
        )


def egress_faults(
    network: Network | None, users: Sequence[tuple[Network, Blueprint]], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """Functions that may call out of a VPC without a way out, and ways out that nobody takes.

    `users` are the networks, and blueprints, of those whose functions are in the VPC.
    """
    said = blueprint.data["network"]
    options = network.part.options if network else said
    created = not isinstance(said["vpc"], Mapping)
    outward = [(function, own) for used, own in users for function in used.functions if calls_out(function)]
    if created and options["nat"] == NONE:
        for function, own in outward:
            message = f"the function {function.name!r} is in a VPC that has no way to the internet"
            hint = "say `network: {nat: single}` (one NAT gateway, billed by the hour) or `per-az` (one in each zone)"
            yield Diagnostic(message, place_of(function, own, "egress"), hint)
    if created and said["nat"] is None and options["nat"] != NONE:
        yield from _way_made(function for function, _ in outward)
    if created and said["nat"] not in (None, NONE) and not outward:
        message = "nobody takes this way to the internet: no function in the VPC may call out"
        hint = "say `egress: https` at a function that is in the VPC, or leave `nat` out"
        yield Diagnostic(message, blueprint.source.span(["network", "nat"]), hint, severity="warning")


def _way_made(functions: Iterable[Function]) -> Iterator[Diagnostic]:
    """That a NAT gateway was made for what a function uses outside of the VPC, which costs."""
    for function in functions:
        for use in function.uses:
            if use.part.facts.get("internet"):
                what = f"{function.name!r} is in a VPC and calls {use.part.name!r}, which is outside"
                message = f"{what}: it gets a NAT gateway, billed by the hour"
                hint = "a store that needs no VPC (DynamoDB, Aurora with `data_api: true`) spares it"
                yield Diagnostic(message, use.part.span, hint, severity="info")
                return
