"""What a blueprint says of the networks and accounts that an API is for, turned into its resource policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Access, Grant, Part, Route
from tierforge.stack.routes import PARAMETER

EVERYTHING = "execute-api:/*"
PREFLIGHTS = "execute-api:/*/OPTIONS/*"
OWN_ACCOUNT = "${AWS::AccountId}"


def access_of(api: Part, routes: Sequence[Route], blueprint: Blueprint) -> Access | None:
    """Who reaches the API at all; None where it is open to everybody."""
    addresses = api.options.get("allow_cidrs") or ()
    if not api.facts.get("private") and not addresses:
        return None
    private: Mapping[str, Any] = api.options.get("private") or {}
    network = blueprint.data["network"]
    given = tuple(private.get("vpc_endpoint_ids", ()))
    on_premises = dict.fromkeys(private.get("on_premises_cidrs", ()), "the network on premises")
    return Access(
        private=bool(api.facts.get("private")),
        endpoints=given,
        created=bool(api.facts.get("private")) and not given and network["endpoints"] == "create",
        vpcs=tuple(private.get("vpc_ids", ())),
        addresses=tuple(addresses),
        accounts=(OWN_ACCOUNT, *private.get("account_ids", ())),
        grants=tuple(_grants(api, routes)),
        ranges={network["cidr"]: "the VPC", **on_premises},
    )


def _grants(api: Part, routes: Sequence[Route]) -> Iterator[Grant]:
    """Which methods anyone may call as far as the policy goes, and for which it names accounts.

    Of callers that sign, the policy's allow would be enough: it is for accounts, whose own policies then decide
    (Amazon API Gateway, "How API Gateway resource policies affect authorization workflow").
    """
    signed = [route for route in routes if route.auth.facts.get("signed")]
    others = [route for route in routes if route not in signed]
    preflights = [PREFLIGHTS] if api.options["cors"] else []
    if not signed or not (others or preflights):
        yield Grant(anyone=not signed, methods=(EVERYTHING,))
        return
    yield Grant(anyone=True, methods=(*map(_method, others), *preflights))
    yield Grant(anyone=False, methods=tuple(map(_method, signed)))


def _method(route: Route) -> str:
    return f"execute-api:/*/{route.method}{PARAMETER.sub('*', route.path)}"


def access_faults(access: Access | None, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """A private API that nobody could reach as it is said, and accounts that it does not tell apart."""
    if not access or not access.private:
        return
    if access.created and not _range_known(blueprint):
        place = blueprint.source.span(["network", "vpc"], of="key")
        hint = "say the VPC's range as `cidr`: the endpoint lets HTTPS in from there"
        yield Diagnostic("which addresses the VPC has is not known", place, hint)
    if len(access.accounts) > 1 and all(grant.anyone for grant in access.grants):
        place = blueprint.source.span(["api", "private", "account_ids"], of="key")
        message = "accounts are told apart by requests that are signed, and no route asks for that"
        yield Diagnostic(
            message, place, "say `auth: iam`, or name their endpoints (vpc_endpoint_ids)", severity="warning"
        )


def _range_known(blueprint: Blueprint) -> bool:
    created = not isinstance(blueprint.data["network"]["vpc"], Mapping)
    return created or "cidr" in (blueprint.source.data.get("network") or {})
