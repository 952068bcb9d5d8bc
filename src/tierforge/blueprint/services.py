"""A blueprint with `services`, turned into one source for what they share and one for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tierforge.blueprint.environments import merged
from tierforge.blueprint.events import subscribing, subscription_faults
from tierforge.blueprint.source import SERVICES, Source
from tierforge.diagnostics import BlueprintError, Diagnostic

PLATFORM = "platform"  # what the services share, and its folder
# Sections that a service has as the blueprint says them, under what it says itself; `api` but for its domain.
INHERITED = (
    *("version", "name", "pattern", "profile", "region", "tags", "limits", "security", "observability", "network"),
    *("runtime", "architecture", "package", "granularity", "handlers", "release", "api", "auth"),
)
SHARED = ("description",)  # more that the platform has of the blueprint
DOMAIN_OPTION = "domain"  # of `api`
DOMAIN, BUS = "ApiDomainName", "EventBusName"  # the platform's outputs
NETWORK = "network"
# What of a network is the VPC itself, which services share unless one says `vpc`.
OF_THE_VPC = ("cidr", "nat", "flow_logs", "endpoints")


def services(source: Source, environment: str, schema: Mapping[str, Any]) -> dict[str, Source]:
    """The sources of the platform and of every service, in the order in which they are deployed; none without any.

    `source` is an environment's, or the whole blueprint; it was checked against `schema`. Raises BlueprintError
    where two services answer below one path, where one calls what there is not or, by way of others, itself, and where
    one subscribes to what nobody publishes.
    """
    said = source.data.get(SERVICES) or {}
    if not said:
        return {}
    checks = (_call_faults, _path_faults, _place_faults, _network_faults, subscription_faults)
    placed = _placed(source, schema)
    faults = [fault for check in checks for fault in check(said, placed)]
    if faults:
        raise BlueprintError(faults)
    order = _order(said, source)
    platform = {name: value for name, value in source.data.items() if name in (*INHERITED, *SHARED, SERVICES)}
    made = {PLATFORM: replace(source, data=platform, service=PLATFORM)}
    return made | {name: _service(name, said[name], source, environment, schema) for name in order}


def _placed(source: Source, schema: Mapping[str, Any]) -> Source:
    """`source`, which says its Region where the blueprint leaves that to the default."""
    return replace(source, data={"region": schema["properties"]["region"]["default"], **source.data})


def parameter(name: str, environment: str, output: str, service: str = "") -> str:
    """The name of the SSM parameter that holds an output of the platform, or of a service."""
    return "/".join(["", name, *(step for step in (environment, service) if step), output])


def callees(said: Mapping[str, Any]) -> Iterator[tuple[int, str, bool]]:
    """What a service calls: the place in its list, the name, and whether a parameter of its own account says where."""
    for index, entry in enumerate(said.get("calls") or ()):
        outside = isinstance(entry, Mapping) and "api_id" in entry
        yield index, entry["service"] if isinstance(entry, Mapping) else entry, not outside


def _service(name: str, own: Mapping[str, Any], source: Source, environment: str, schema: Mapping[str, Any]) -> Source:
    """One service: its own sections over those that it inherits, and the shared domain, if there is one."""
    below = {key: value for key, value in source.data.items() if key in INHERITED}
    api = {key: value for key, value in (below.get("api") or {}).items() if key != DOMAIN_OPTION}
    shared = _domain(source.data)
    bus = parameter(source.data["name"], environment, BUS)
    known = subscribing(own, source.data[SERVICES], str(source.data["name"]), bus)
    above = {key: value for key, value in known.items() if key != "account_id"}
    if shared:
        joined = {
            "name": shared["name"],
            "base_path": base_path(name, own),
            "existing": shared.get("existing") or {"parameter": parameter(source.data["name"], environment, DOMAIN)},
        }
        above["api"] = {DOMAIN_OPTION: joined, **(own.get("api") or {})}
    if shares_network(own, _placed(source, schema)):
        place = parameter(source.data["name"], environment, "")
        above[NETWORK] = {"shared": place, **(own.get(NETWORK) or {})}
    data = merged({**below, "api": api}, above, schema)
    layers = (*((*layer, SERVICES, name) for layer in source.layers), *source.layers)
    return replace(source, data=data, layers=layers, account_id=own.get("account_id", source.account_id), service=name)


def base_path(name: str, own: Mapping[str, Any]) -> str:
    """The path below the domain under which a service answers."""
    return str(own.get("base_path") or name)


def shares_network(own: Mapping[str, Any], source: Source) -> bool:
    """Whether the VPC of a service, should it need one, is the one that the platform makes.

    It is not where one is said, for this service or as one that stands already for all, and not in another account or
    Region, where none of the platform's parameters is.
    """
    said, top = own.get(NETWORK) or {}, source.data.get(NETWORK) or {}
    here = own.get("account_id", source.account_id) == source.account_id
    near = own.get("region", source.data["region"]) == source.data["region"]
    elsewhere = said.get("vpc") or said.get("shared") or top.get("shared") or isinstance(top.get("vpc"), Mapping)
    return here and near and not elsewhere


def _domain(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The domain that the services share; empty for none."""
    return (said.get("api") or {}).get(DOMAIN_OPTION) or {}


def _order(said: Mapping[str, Any], source: Source) -> list[str]:
    """The services, what is called before what calls. Raises BlueprintError where calls go in a circle."""
    graph = {name: [callee for _, callee, here in callees(own) if here] for name, own in said.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as fault:
        circle: list[str] = list(reversed(fault.args[1]))
        message = f"services call each other in a circle: {' -> '.join(circle)}"
        hint = "none of them could be deployed first: let one of them publish an event that the other subscribes to"
        first, *others = (source.span([SERVICES, name, "calls"]) for name in circle[:-1])
        raise BlueprintError([Diagnostic(message, first, hint, related=tuple(others))]) from None


def _call_faults(said: Mapping[str, Any], source: Source) -> Iterator[Diagnostic]:
    """Calls of services that are not there, and of oneself."""
    for name, own in said.items():
        for index, callee, here in callees(own):
            place = source.span([SERVICES, name, "calls", index])
            if callee not in said:
                close = get_close_matches(callee, said, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(said)}"
                yield Diagnostic(f"there is no service {callee!r} to call", place, hint)
            elif here and callee == name:
                yield Diagnostic(f"{name!r} calls itself", place, "its functions share their code: call that")


def _path_faults(said: Mapping[str, Any], source: Source) -> Iterator[Diagnostic]:
    """Two services below one path of the shared domain."""
    first: dict[str, str] = {}
    for name, own in said.items():
        other = first.setdefault(base_path(name, own), name)
        if other != name and _domain(source.data):
            here, there = (source.span([SERVICES, each, "base_path"]) for each in (name, other))
            message = f"{other!r} and {name!r} would both answer below /{base_path(name, own)}"
            yield Diagnostic(message, here, f"say another `base_path`, such as {name}/v2", related=(there,))


def _place_faults(said: Mapping[str, Any], source: Source) -> Iterator[Diagnostic]:
    """Services of other accounts or Regions below the shared domain: an API mapping joins what is in one of each.

    (API Gateway, "API mappings": the domain name and the mapped APIs are in the same account; the name is a Region's.)
    """
    shared = _domain(source.data)
    known = {"account_id": source.account_id, "region": source.data["region"]}
    for name, own in said.items() if shared else ():
        api = own.get("api") or {}
        away = [option for option, here in known.items() if own.get(option, here) != here]
        if away and DOMAIN_OPTION not in api:
            where = "Region" if away[0] == "region" else "account"
            message = f"the API of another {where} can't answer under {shared['name']}: API Gateway maps none there"
            hint = "say `api: {domain: null}` here for the API's own address, or a `domain` of its own"
            yield Diagnostic(message, source.span([SERVICES, name, away[0]]), hint)


def _network_faults(said: Mapping[str, Any], source: Source) -> Iterator[Diagnostic]:
    """What a service says of a VPC that it shares with others."""
    for name, own in said.items():
        network = own.get(NETWORK) or {}
        zones = ["availability_zones"] if isinstance(network.get("availability_zones"), list) else []
        for option in [*(o for o in OF_THE_VPC if o in network), *zones] if shares_network(own, source) else ():
            place = source.span([SERVICES, name, NETWORK, option], of="key")
            message = f"{option!r} is about the VPC, which {name!r} shares with other services"
            hint = "say it at the top, in `network`, or give this service a VPC of its own: network: {vpc: create}"
            yield Diagnostic(message, place, hint)
