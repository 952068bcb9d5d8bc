"""What functions use, turned into the VPC that they need: subnets, endpoints, and who may connect to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.model import Component, Edge, Function, Gateway, Network, Options, Part, RouteTable, Subnet, Use
from tierforge.names import pascal

HTTPS = 443
ANYWHERE = "0.0.0.0/0"
TABLE = "PrivateRouteTable"
NONE, SINGLE, PER_AZ = "none", "single", "per-az"  # values of `network.nat`


def network_of(
    functions: Sequence[Function], stores: Sequence[Part], blueprint: Blueprint, catalog: Catalog, *, reached: bool
) -> Network | None:
    """The network of the functions that have to be in a VPC; None where there is no such function.

    There is one all the same where a store stands in it (`placed`), or with `reached`: the API is reached through it.
    Of a VPC that another stack makes for several (`shared`), it is what this one needs.
    """
    inside = tuple(f for f in functions if any(use.in_vpc for use in f.uses))
    placed = [store for store in stores if store.facts.get("placed")]
    if not inside and not placed and not reached:
        return None
    component = catalog.get("network", "vpc")
    said = blueprint.data["network"]
    made_here = not isinstance(said["vpc"], Mapping) and not said["shared"]
    options = {**said, "nat": NONE if said["shared"] else said["nat"] or (way_out(inside) if made_here else NONE)}
    part = vpc_part(component, options, blueprint)
    hosts = [store for store in placed if store.facts.get("host_calls")]
    called = {service for f in inside for use in f.uses for service in use.endpoints}
    interfaces = tuple(sorted(called.union(*(host.facts["host_calls"] for host in hosts))))
    gateways = _gateways(inside, hosts)
    parts = [*(use.part for f in inside for use in f.uses), *placed]
    needed = max([part.facts.get("subnets", 1) for part in parts], default=1)
    subnets = subnets_of(options, how_many(options["availability_zones"]), needed)
    return Network(
        part=part,
        subnets=subnets,
        tables=tuple(tables_of(subnets)),
        functions=inside,
        interfaces=interfaces,
        gateways=gateways,
        edges=(*_edges(inside, part, gateways), *_from_between(stores), *_from_hosts(hosts, part, gateways)),
        elsewhere={service: _elsewhere(service, inside) for service in interfaces},
    )


def calls_out(function: Function) -> bool:
    """Whether a function may call addresses on the internet: as it is told to, or for something that it uses."""
    return function.settings["egress"] == "https" or has_to_call_out(function)


def has_to_call_out(function: Function) -> bool:
    """Whether something that a function uses is on the internet."""
    return any(use.part.facts.get("internet") for use in function.uses)


def vpc_part(component: Component, options: Options, blueprint: Blueprint) -> Part:
    """The part of the network, under what is said of it or follows."""
    span = blueprint.source.span(["network"], of="key")
    return Part(component, "network", span, options=options, facts=facts(component, options), where=("network",))


def way_out(functions: Iterable[Function]) -> str:
    """The way to the internet where the blueprint names none: one where something that is used is out there."""
    return SINGLE if any(map(has_to_call_out, functions)) else NONE


def _elsewhere(service: str, functions: Sequence[Function]) -> tuple[str, ...]:
    """What functions use of a service that may stand in another account, by ARN."""
    uses = (use for function in functions for use in function.uses if service in use.endpoints)
    return tuple(sorted({use.part.view["arn"] for use in uses if use.part.view.get("arn")}))


def how_many(zones: int | Sequence[str]) -> int:
    """The number of zones, whether they are counted or named."""
    return zones if isinstance(zones, int) else len(zones)


def subnets_of(options: Options, used: int, needed: int) -> tuple[Subnet, ...]:
    """Private subnets in the `used` zones that functions are to be in, and more where stores need them."""
    zones, nat = options["availability_zones"], options["nat"]
    names = [] if isinstance(zones, int) else list(zones)
    return tuple(
        Subnet(
            letter,
            zone=names[n] if n < len(names) else "",
            used=n < used,
            table=f"{TABLE}{letter}" if nat == PER_AZ and n < used else TABLE,
            nat=n < {NONE: 0, SINGLE: 1, PER_AZ: used}[nat],
        )
        for n, letter in enumerate("ABCD"[: max(used, needed)])
    )


def tables_of(subnets: Sequence[Subnet]) -> Iterator[RouteTable]:
    """The route tables of `subnets`, each with the NAT gateway that stands in one of its zones."""
    for table in dict.fromkeys(subnet.table for subnet in subnets):
        yield RouteTable(table, next((s.letter for s in subnets if s.table == table and s.nat), ""))


def _gateways(functions: Sequence[Function], hosts: Sequence[Part]) -> tuple[Gateway, ...]:
    users: dict[str, dict[str, Function]] = {s: {} for host in hosts for s in host.facts["host_fetches"]}
    stores: dict[str, dict[str, Part]] = {}
    for function in functions:
        for use in function.uses:
            service = use.part.facts.get("gateway")
            if service:
                users.setdefault(service, {})[function.name] = function
                stores.setdefault(service, {})[use.part.name] = use.part
    return tuple(
        Gateway(
            s,
            f"{pascal(s)}PrefixListId",
            tuple(users[s].values()),
            tuple(stores.get(s, {}).values()),
            tuple(host for host in hosts if s in host.facts["host_fetches"]),
        )
        for s in sorted(users)
    )


def _to_store(function: Function, use: Use) -> Iterator[Edge]:
    """From a function to a store, or to what stands between: only a store's own functions go around that."""
    store, between = use.part, use.part.facts.get("between")
    identity, port = f"{function.id}To{store.id}", store.facts["port"]
    if between and use.role != "owner":
        why = f"{function.name} to the {between} of the database {store.name}"
        yield Edge(identity, function, port, why, store, group=f"{between}_security_group")
    else:
        yield Edge(identity, function, port, f"{function.name} to the database {store.name}", store)
    for further in store.facts.get("more_ports", ()):
        why = f"{function.name} to {store.name}, which names this port to its clients itself"
        yield Edge(f"{identity}{further}", function, further, why, store)


def _from_between(stores: Iterable[Part]) -> Iterator[Edge]:
    """From what stands between functions and a store to the store itself."""
    for store in (store for store in stores if store.facts.get("between")):
        between = store.facts["between"]
        why = f"the {between} of {store.name} to the database"
        identity = f"{store.id}{pascal(between)}To{store.id}"
        yield Edge(identity, None, store.facts["port"], why, store, source=f"{between}_security_group")


def _from_hosts(hosts: Iterable[Part], network: Part, gateways: Sequence[Gateway]) -> Iterator[Edge]:
    """From the servers of stores to the services that they call themselves."""
    created = network.options["endpoints"] == "create"
    for host in hosts:
        identity, who = f"{host.id}ServerTo", f"the server of {host.name}"
        if created:
            why = f"{who} to {' and '.join(host.facts['host_calls'])}"
            edge = Edge(f"{identity}Endpoints", None, HTTPS, why, network)
        else:
            why, cidr = f"{who} to the endpoints of the VPC", network.options["cidr"]
            edge = Edge(f"{identity}Endpoints", None, HTTPS, why, None, "CidrIp", cidr, both=False)
        yield replace(edge, source="security_group", origin=host)
        for gateway in (gateway for gateway in gateways if host in gateway.hosts):
            name, why, address = pascal(gateway.service), f"{who} to {gateway.service}", f"!Ref {gateway.parameter}"
            edge = Edge(f"{identity}{name}", None, HTTPS, why, None, "DestinationPrefixListId", address, both=False)
            yield replace(edge, source="security_group", origin=host)


def _called(function: Function) -> dict[int, set[str]]:
    """The services that a function calls by way of interface endpoints, by port."""
    found: dict[int, set[str]] = {}
    for use in (use for use in function.uses if use.endpoints):
        found.setdefault(use.part.facts.get("endpoint_port", HTTPS), set()).update(use.endpoints)
    return found


def _edges(functions: Sequence[Function], network: Part, gateways: Sequence[Gateway]) -> Iterator[Edge]:
    """Every connection: functions to stores, to interface and gateway endpoints, and to the internet."""
    created = network.options["endpoints"] == "create"
    for function in functions:
        for use in {use.part.name: use for use in function.uses if use.part.facts.get("port")}.values():
            yield from _to_store(function, use)
        reached = [gateway for gateway in gateways if function in gateway.functions]
        called = _called(function)
        if reached and not created:  # what is a gateway here may be an interface there
            called.setdefault(HTTPS, set())
        for port, services in sorted(called.items()):
            identity = f"{function.id}ToEndpoints" + (str(port) if port != HTTPS else "")
            if created:
                why = f"{function.name} to {' and '.join(sorted(services))}"
                yield Edge(identity, function, port, why, network)
            else:
                why = f"{function.name} to the endpoints of the VPC"
                cidr = network.options["cidr"]
                yield Edge(identity, function, port, why, None, "CidrIp", cidr, both=False)
        for gateway in reached:
            why = f"{function.name} to {gateway.service}"
            address = f"!Ref {gateway.parameter}"
            identity = f"{function.id}To{pascal(gateway.service)}"
            yield Edge(identity, function, HTTPS, why, None, "DestinationPrefixListId", address, both=False)
        if calls_out(function):
            why = f"{function.name} to HTTPS addresses on the internet"
            yield Edge(f"{function.id}ToInternet", function, HTTPS, why, None, "CidrIp", ANYWHERE, both=False)
