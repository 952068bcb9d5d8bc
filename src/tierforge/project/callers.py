"""The authorizers of routes, turned into what the code of a function has to know of its callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tierforge.model import Route
from tierforge.stack.authorization import subject


def known_callers(routes: Sequence[Route]) -> dict[str, Any]:
    """Who calls `routes`, as templates of code see it: `callers`, and the claims that hold their groups and scopes."""
    callers = _callers_of(routes)
    claims = {"group_claims": "groups", "scope_claims": "scope_claim"}
    found = {name: list(dict.fromkeys(each[fact] for each in callers if fact in each)) for name, fact in claims.items()}
    return {"callers": callers, **found}


def _callers_of(routes: Sequence[Route]) -> list[Mapping[str, Any]]:
    """What the authorizers of `routes` say of where a request names its caller: the most particular place first."""
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    knowing = [route.auth for route in routes if route.auth.component.data.get("identity")]
    for auth in knowing or [route.auth for route in routes]:
        place = tuple(auth.facts["claims"])
        found[place] = {**found.get(place, {}), **auth.facts, "subject": subject(auth)}
    return [found[place] for place in sorted(found, key=len, reverse=True)]
