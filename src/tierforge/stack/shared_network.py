"""What several services need of a VPC, turned into the one that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic, gathered
from tierforge.model import Gateway, Network, Part
from tierforge.stack.network import how_many, subnets_of, tables_of, vpc_part, way_out
from tierforge.stack.network_checks import egress_faults
from tierforge.stack.resolve import resolve

Users = Sequence[tuple[Network, Blueprint]]


def shared_network(blueprint: Blueprint, catalog: Catalog) -> tuple[Network | None, list[Diagnostic]]:
    """The VPC that the services beside `blueprint` share, None where none of them needs it, and what is to be told.

    Raises BlueprintError with what is wrong with any of them.
    """
    known = blueprint.others
    place = blueprint.parameter("")
    sharers = [replace(each, others=known) for each in known.values() if each.data["network"]["shared"] == place]
    networks = gathered(lambda each: resolve(each, catalog).network, sharers)
    users = [(network, each) for network, each in zip(networks, sharers, strict=True) if network]
    if not users:
        return None, []
    made = _shared(users, blueprint, catalog)
    return made, list(egress_faults(made, users, blueprint))


def _shared(users: Users, blueprint: Blueprint, catalog: Catalog) -> Network:
    """One network with what any of them needs: no function is in its stack, and no rule of anybody's group."""
    said, networks = blueprint.data["network"], [network for network, _ in users]
    functions = [function for network in networks for function in network.functions]
    options = {**said, "nat": said["nat"] or way_out(functions)}
    used = max(how_many(said["availability_zones"]), *(sum(s.used for s in network.subnets) for network in networks))
    subnets = subnets_of(options, used, max(used, *(len(network.subnets) for network in networks)))
    services = sorted({service for network in networks for service in network.interfaces})
    arns = {each: [arn for n in networks for arn in n.elsewhere.get(each, ())] for each in services}
    return Network(
        part=vpc_part(catalog.get("network", "vpc"), options, blueprint),
        subnets=subnets,
        tables=tuple(tables_of(subnets)),
        functions=(),
        interfaces=tuple(services),
        gateways=tuple(_gateways(users)),
        edges=(),
        elsewhere={service: tuple(sorted(set(found))) for service, found in arns.items()},
    )


def _gateways(users: Users) -> Iterator[Gateway]:
    """Each gateway endpoint once, with what stands already, maybe in another account, for the policy to name."""
    known = [(gateway, own.service) for network, own in users for gateway in network.gateways]
    for service in sorted({gateway.service for gateway, _ in known}):
        same = [(gateway, owner) for gateway, owner in known if gateway.service == service]
        stores = (replace(s, name=f"{owner} {s.name}") for g, owner in same for s in g.stores if s.adopted)
        hosts: dict[str, Part] = {str(host.component): host for g, _ in same for host in g.hosts}  # each fetches alike
        called = any(gateway.functions for gateway, _ in same)
        yield Gateway(service, same[0][0].parameter, (), tuple(stores), tuple(hosts.values()), shared=called)
