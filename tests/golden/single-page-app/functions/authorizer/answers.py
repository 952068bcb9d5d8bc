"""What API Gateway wants to hear: a policy (REST API), or yes and no (HTTP API, payload 2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from errors import Unauthorized


def permission(event: Mapping[str, Any], caller: Mapping[str, str]) -> dict[str, Any]:
    """The caller may call; handlers get `caller`, and decide what belongs to whom."""
    if _is_http(event):
        return {"isAuthorized": True, "context": dict(caller)}
    statement = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": [_every_method(event["methodArn"])],
    }
    return {
        "principalId": caller["sub"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": dict(caller),
    }


def refusal(event: Mapping[str, Any]) -> dict[str, Any]:
    """Nobody whom we know. Raises Unauthorized where that is how API Gateway wants to hear it."""
    if _is_http(event):
        return {"isAuthorized": False}
    raise Unauthorized


def _is_http(event: Mapping[str, Any]) -> bool:
    return event.get("version") == "2.0"


def _every_method(method_arn: str) -> str:
    """All methods of the stage that `method_arn` is in.

    API Gateway keeps the policy and uses it for the caller's next requests too: one that named only the
    method asked for would refuse the caller all others.
    """
    api, stage, *_ = method_arn.split("/", 2)
    return f"{api}/{stage}/*/*"
