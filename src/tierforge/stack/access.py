"""What a blueprint says of the networks and accounts that an API is for, turned into its resource policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_interface
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import dig
from tierforge.diagnostics import Diagnostic
from tierforge.model import Access, Grant, Part, Route, Stage
from tierforge.stack.routes import PARAMETER

EVERYTHING = "execute-api:/*"
OWN_ACCOUNT = "${AWS::AccountId}"
# Where a blueprint says address ranges.
RANGES = ("network.cidr", "network.on_premises_cidrs", "api.private.on_premises_cidrs", "api.allow_cidrs")


def access_of(api: Part, routes: Sequence[Route], stages: Sequence[Stage], blueprint: Blueprint) -> Access | None:
    """Who reaches the API at all; None where it is open to everybody."""
    addresses, accounts = (tuple(api.options.get(option) or ()) for option in ("allow_cidrs", "allow_accounts"))
    if not api.facts.get("private") and not addresses and not accounts:
        return None
    private: Mapping[str, Any] = api.options.get("private") or {}
    public = {"aws:SourceIp": addresses} if addresses else {}
    network = blueprint.data["network"]
    given = tuple(private.get("vpc_endpoint_ids", ()))
    premises = (*(network["on_premises_cidrs"] or ()), *private.get("on_premises_cidrs", ()))
    on_premises = dict.fromkeys(premises, "the network on premises")
    created = bool(api.facts.get("private")) and not given and network["endpoints"] == "create"
    vpcs = tuple(private.get("vpc_ids", ()))
    sources = {
        **({"aws:SourceVpce": given} if given or created else {}),
        **({"aws:SourceVpc": vpcs} if vpcs else {}),
    }
    return Access(
        private=bool(api.facts.get("private")),
        endpoints=given,
        created=created,
        sources=sources if api.facts.get("private") else public,
        unless="StringNotEquals" if api.facts.get("private") else "NotIpAddress",
        accounts=(OWN_ACCOUNT, *private.get("account_ids", ()), *accounts),
        grants=tuple(_grants(api, routes, stages)),
        ranges={network["cidr"]: "the VPC", **on_premises},
    )


def _grants(api: Part, routes: Sequence[Route], stages: Sequence[Stage]) -> Iterator[Grant]:
    """Which methods anyone may call as far as the policy goes, and for which it names accounts.

    Of callers that sign, the policy's allow would be enough: it is for accounts, whose own policies then decide
    (Amazon API Gateway, "How API Gateway resource policies affect authorization workflow"). Where both are said,
    stages are named: a * would stand for slashes too, and so for methods and paths.
    """
    signed = [route for route in routes if route.auth.facts.get("signed")]
    others = [route for route in routes if route not in signed]
    preflights = [f"execute-api:/{stage.name}/OPTIONS/*" for stage in stages] if api.options["cors"] else []
    if not signed or not (others or preflights):
        yield Grant(anyone=not signed, methods=(EVERYTHING,))
        return
    yield Grant(anyone=True, methods=(*_methods(others, stages), *preflights))
    yield Grant(anyone=False, methods=tuple(_methods(signed, stages)))


def _methods(routes: Sequence[Route], stages: Sequence[Stage]) -> Iterator[str]:
    for stage in stages:
        yield from (f"execute-api:/{stage.name}/{r.method}{PARAMETER.sub('*', r.path)}" for r in routes)


def exposed_routes(access: Access | None, routes: Sequence[Route]) -> Iterator[Diagnostic]:
    """Signed routes that the policy would open to everybody, because an open one above them has a parameter."""
    if not access:
        return
    for route in (route for route in routes if route.auth.facts.get("signed")):
        opened = (r for r in routes if not r.auth.facts.get("signed") and r.method == route.method)
        over = next((other for other in opened if _covers(other.path, route.path)), None)
        if over:
            message = f"the policy of the API would open {route.method} {route.path}, as it opens {over.path}"
            hint = "in a policy a parameter stands for any further path: let both ask for signatures, or move one"
            yield Diagnostic(message, route.span, hint, related=(over.span,) if over.span != route.span else ())


def _covers(opened: str, signed: str) -> bool:
    """Whether a path of `opened` as policies have it is one that API Gateway leads to `signed`."""
    above, below = opened.split("/"), signed.split("/")
    if len(above) == len(below):  # the first path that is fixed where the other has a parameter is taken
        fixed = next((not PARAMETER.search(step) for step, other in zip(above, below, strict=True) if step != other), 0)
        if fixed:
            return False
    return _meet(above, below)


def _meet(above: Sequence[str], below: Sequence[str]) -> bool:
    """Whether two paths can be the same one; a parameter of the first is one step or several."""
    if not above or not below:
        return not above and not below
    if PARAMETER.search(above[0]):
        return any(_meet(above[1:], below[taken:]) for taken in range(1, len(below) + 1))
    return (above[0] == below[0] or bool(PARAMETER.search(below[0]))) and _meet(above[1:], below[1:])


def access_faults(access: Access | None, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """A private API that nobody could reach as it is said, and accounts that it does not tell apart."""
    if not access:
        return
    if access.created and not _range_known(blueprint):
        place = blueprint.source.span(["network", "vpc"], of="key")
        hint = "say the VPC's range as `cidr`: the endpoint lets HTTPS in from there"
        yield Diagnostic("which addresses the VPC has is not known", place, hint)
    if len(access.accounts) > 1 and all(grant.anyone for grant in access.grants):
        where = ["private", "account_ids"] if access.private else ["allow_accounts"]
        place = blueprint.source.span(["api", *where], of="key")
        message = "accounts are told apart by requests that are signed, and no route asks for that"
        yield Diagnostic(
            message,
            place,
            "say `auth: iam`" + (", or name their endpoints (vpc_endpoint_ids)" if access.private else ""),
            severity="warning",
        )


def range_faults(blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Address ranges that are none, or are not said by their first address: EC2 takes no others."""
    for where in RANGES:
        said = dig(blueprint.data, where)
        listed = isinstance(said, list)
        for index, text in enumerate(said if listed else [said] if said else ()):
            place = blueprint.source.span([*where.split("."), *([index] if listed else ())])
            try:
                found = ip_interface(text)
            except ValueError:
                yield Diagnostic(f"{text} is no address range", place, "write its numbers without leading zeros")
                continue
            if found.ip != found.network.network_address:
                message = f"{text} is an address within a range"
                yield Diagnostic(message, place, f"say the range by its first address: {found.network}")


def _range_known(blueprint: Blueprint) -> bool:
    created = not isinstance(blueprint.data["network"]["vpc"], Mapping)
    return created or "cidr" in (blueprint.source.data.get("network") or {})
