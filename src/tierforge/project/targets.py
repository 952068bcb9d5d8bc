"""A resolved stack, turned into what the deploy script has to know to deploy it and to move its releases."""

from __future__ import annotations

from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.model import Stack, Stage
from tierforge.stack.functions import containers

# What the organisation asks of roles, which the one that is made once for an account is to carry as well.
OF_ROLES = ("permissions_boundary", "role_path")


def target(stack: Stack, blueprint: Blueprint) -> dict[str, Any]:
    """Where a stack goes, and those of its stages that serve what they are told to and not just the newest."""
    steered = any(stage.moved or stage.options["canary"] for stage in stack.stages)
    of_roles = {name: stack.guardrails.options[name] for name in OF_ROLES}
    return {
        "environment": blueprint.environment,
        "stack_name": blueprint.stack_name,
        "region": blueprint.region,
        "account_id": blueprint.account_id,
        "of_roles": of_roles,
        "guarded": any(of_roles.values()),
        "stages": [_row(stage) for stage in stack.stages] if steered else [],
        "moving": any(stage.moved for stage in stack.stages),
        "canaries": any(stage.options["canary"] for stage in stack.stages),
        "images": bool(containers(stack)),
    }


def release_parts(stack: Stack) -> list[dict[str, str]]:
    """What a release consists of beside the API's deployment: the version of each function that serves routes."""
    return [
        {"parameter": f"{function.id}Version", "output": f"{function.id}FunctionName"}
        for function in stack.functions
        if function.routes
    ]


def _row(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "alias": stage.alias,
        "moved": stage.moved,
        "percent": stage.options["canary"]["percent"] if stage.options["canary"] else 0,
        "prefix": stage.release,
    }
