"""Makes the events that API Gateway sends; proxy.py knows their form."""

from __future__ import annotations

import json
from typing import Any

from proxy import proxy_event

# A caller who may use every route, the items above those of the tests, and what both make of a key.
CLAIMS: dict[str, str] = {"sub": "ann", "groups": "", "scope": ""}
CLAIMS_AT = ["authorizer"]
PARENTS: dict[str, str] = {}
SCOPE: dict[str, str] = {"owner": CLAIMS["sub"]}


def api_event(
    method: str,
    resource: str,
    *,
    path: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: Any = None,
    claims: dict[str, str | None] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The event of one request; `claims` are those that differ, None takes one away."""
    parameters = {**PARENTS, **(path or {})}
    typed = resource
    for name, value in parameters.items():
        typed = typed.replace("{" + name + "}", value)
    carried = {k: v for k, v in {**CLAIMS, **(claims or {})}.items() if v is not None}
    caller: dict[str, Any] = {}
    place = caller
    for step in CLAIMS_AT:
        place = place.setdefault(step, {})
    place.update(carried)
    return proxy_event(
        method,
        resource,
        typed,
        parameters=parameters,
        query=query,
        headers=headers,
        body=body if body is None or isinstance(body, str) else json.dumps(body),
        caller=caller,
    )
