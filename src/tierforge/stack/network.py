"""What functions use, turned into the VPC that they need: subnets, endpoints, and who may connect to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Diagnostic
from tierforge.model import Edge, Function, Gateway, Network, Part, Subnet
from tierforge.names import pascal

HTTPS = 443


def network_of(
    functions: Sequence[Function], blueprint: Blueprint, catalog: Catalog, *, reached: bool
) -> Network | None:
    """The network of the functions that have to be in a VPC; None where there is no such function.

    With `reached` there is one all the same: the API is reached through it.
    """
    inside = tuple(f for f in functions if any(use.part.facts.get("vpc") for use in f.uses))
    if not inside and not reached:
        return None
    component = catalog.get("network", "vpc")
    options = blueprint.data["network"]
    span = blueprint.source.span(["network"], of="key")
    part = Part(component, "network", span, options=options, facts=facts(component, options))
    interfaces = tuple(sorted({service for f in inside for use in f.uses for service in use.endpoints}))
    gateways = _gateways(inside)
    return Network(
        part=part,
        subnets=_subnets(options["availability_zones"], inside),
        functions=inside,
        interfaces=interfaces,
        gateways=gateways,
        edges=tuple(_edges(inside, part, gateways)),
        elsewhere={service: _elsewhere(service, inside) for service in interfaces},
    )


def _elsewhere(service: str, functions: Sequence[Function]) -> tuple[str, ...]:
    """What functions use of a service that may stand in another account, by ARN."""
    uses = (use for function in functions for use in function.uses if service in use.endpoints)
    return tuple(sorted({use.part.view["arn"] for use in uses if use.part.view.get("arn")}))


def network_faults(network: Network | None, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Settings of the network that contradict each other."""
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
    if network and network.gateways and given and options["endpoints"] == "create":
        services = " and ".join(gateway.service for gateway in network.gateways)
        place = blueprint.source.span(["network", "vpc"])
        hint = "create it in the VPC's route tables and say `endpoints: existing` with `cidr`"
        yield Diagnostic(
            f"the gateway endpoint of {services} belongs into route tables that aren't known here", place, hint
        )


def _subnets(zones: int | Sequence[str], functions: Sequence[Function]) -> tuple[Subnet, ...]:
    names = [] if isinstance(zones, int) else list(zones)
    used = zones if isinstance(zones, int) else len(names)
    needed = max([use.part.facts.get("subnets", 1) for f in functions for use in f.uses], default=1)
    letters = "ABCD"[: max(used, needed)]
    return tuple(Subnet(letter, names[n] if n < len(names) else "", n < used) for n, letter in enumerate(letters))


def _gateways(functions: Sequence[Function]) -> tuple[Gateway, ...]:
    users: dict[str, dict[str, Function]] = {}
    stores: dict[str, dict[str, Part]] = {}
    for function in functions:
        for use in function.uses:
            service = use.part.facts.get("gateway")
            if service:
                users.setdefault(service, {})[function.name] = function
                stores.setdefault(service, {})[use.part.name] = use.part
    return tuple(
        Gateway(s, f"{pascal(s)}PrefixListId", tuple(users[s].values()), tuple(stores[s].values()))
        for s in sorted(users)
    )


def _edges(functions: Sequence[Function], network: Part, gateways: Sequence[Gateway]) -> Iterator[Edge]:
    """Every connection: functions to stores, to interface endpoints, to gateway endpoints."""
    created = network.options["endpoints"] == "create"
    for function in functions:
        for store in {use.part.name: use.part for use in function.uses if "port" in use.part.facts}.values():
            why = f"{function.name} to the database {store.name}"
            yield Edge(f"{function.id}To{store.id}", function, store.facts["port"], why, store)
        called = sorted({service for use in function.uses for service in use.endpoints})
        reached = [gateway for gateway in gateways if function in gateway.functions]
        if called and created:
            why = f"{function.name} to {' and '.join(called)}"
            yield Edge(f"{function.id}ToEndpoints", function, HTTPS, why, network)
        if (called or reached) and not created:
            why = f"{function.name} to the endpoints of the VPC"
            cidr = network.options["cidr"]
            yield Edge(f"{function.id}ToEndpoints", function, HTTPS, why, None, "CidrIp", cidr, both=False)
        for gateway in reached if created else []:
            why = f"{function.name} to {gateway.service}"
            address = f"!Ref {gateway.parameter}"
            identity = f"{function.id}To{pascal(gateway.service)}"
            yield Edge(identity, function, HTTPS, why, None, "DestinationPrefixListId", address, both=False)
