"""What stacks of an environment take from each other: a path of the domain, an endpoint of a VPC, a function's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from tierforge.blueprint.source import SERVICES
from tierforge.diagnostics import Diagnostic, Span
from tierforge.projects import Project


def neighbour_faults(projects: Sequence[Project]) -> Iterator[Diagnostic]:
    """Stacks that deploy well alone, and not side by side."""
    for one, other in combinations(projects, 2):
        yield from _shadowed(one, other)
        yield from _shadowed(other, one)
        yield from _endpoint_faults(one, other)
        yield from _function_faults(one, other)


def _shadowed(above: Project, below: Project) -> Iterator[Diagnostic]:
    """Routes that nobody reaches: of two paths that a request begins with, API Gateway takes the longer one."""
    (host, path), (other_host, longer) = (_address(each) for each in (above, below))
    rest = longer.removeprefix(path)
    if host != other_host or not host or rest in ("", longer) or not rest.startswith("/"):
        return
    lost = [f"{r.method} {r.path}" for r in above.stack.routes if f"{r.path}/".startswith(f"{rest}/")]
    if lost:
        upper, lower = (each.blueprint.service for each in (above, below))
        message = f"what goes below {longer} is answered by {lower!r}: nobody reaches {', '.join(lost)} of {upper!r}"
        here, there = (
            each.blueprint.source.span([SERVICES, each.blueprint.service, "base_path"]) for each in (below, above)
        )
        yield Diagnostic(message, here, "say a `base_path` that no route of the other begins with", related=(there,))


def _address(project: Project) -> tuple[str, str]:
    """The host and the path at which a stack's API answers; no host where it has an address of its own."""
    domain = project.blueprint.data["api"].get("domain") or {}
    base_path = domain.get("base_path")
    return domain.get("name", ""), f"/{base_path}" if base_path else ""


def _endpoint_faults(one: Project, other: Project) -> Iterator[Diagnostic]:
    """Endpoints that two stacks would make in one VPC, which takes each of them once."""
    made = _endpoints(other)
    twice = [name for place, name in _endpoints(one).items() if place in made]
    if twice and other.stack.network:
        first, second = (each.blueprint.service for each in (one, other))
        what = " and ".join(dict.fromkeys(twice))
        message = f"{first!r} and {second!r} would both make the endpoint of {what} in one VPC, which takes one"
        hint = "make what all need once, outside of the services, and say `network: {endpoints: existing, cidr: …}`"
        yield Diagnostic(message, other.stack.network.part.span, hint)


def _endpoints(project: Project) -> dict[tuple[str, str], str]:
    """The endpoints that a stack makes in a VPC that stands already, by what can have each of them once."""
    found: dict[tuple[str, str], str] = {}
    for entry in project.template.data["Resources"].values():
        if entry["Type"] == "AWS::EC2::VPCEndpoint":
            said = entry["Properties"]
            service = str(said["ServiceName"])
            found |= {(place, service): service.strip("'}").rpartition(".")[2] for place in _places(said)}
    return found


def _places(endpoint: Mapping[str, Any]) -> list[str]:
    """A name within a VPC leads to one endpoint; of a gateway, it is a route table that has one way to a service."""
    places = [endpoint["VpcId"]] if endpoint.get("PrivateDnsEnabled") else endpoint.get("RouteTableIds", [])
    return [place for place in places if isinstance(place, str)]


def _function_faults(one: Project, other: Project) -> Iterator[Diagnostic]:
    """Functions of one name, which begins with the stack's: `b-c` of the service a, and `c` of a-b."""
    where, elsewhere = ((each.blueprint.account_id, each.blueprint.region) for each in (one, other))
    known = _functions(one)
    for name, span in _functions(other).items() if where == elsewhere else ():
        if name in known:
            message = f"two functions would be called {name}"
            yield Diagnostic(message, span, "rename one of them, or a service", related=(known[name],))


def _functions(project: Project) -> dict[str, Span]:
    """The names of a stack's functions, and where the blueprint says them."""
    return {f"{project.blueprint.stack_name}-{each.name}": each.span for each in project.stack.functions}
