"""A stack, turned into those that have to stand beside it and before it, because AWS wants a part of them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tierforge.blueprint.blueprint import Blueprint
from tierforge.model import Stack
from tierforge.stack.parts import has_role

# Certificates and web ACLs of CloudFront are made in us-east-1 alone, wherever the application is.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
REGIONS: Mapping[str, str] = {"edge": "us-east-1"}


def companions(stack: Stack, blueprint: Blueprint) -> Iterator[tuple[Stack, Blueprint]]:
    """The stacks beside `stack`, with the blueprint as it is for each: parts of it that play the role of that name.

    They see what the whole application is made of. What the blueprint adds itself stands in the main stack, and so
    does its customer key, which is of one Region.
    """
    keyless = replace(stack.guardrails, facts={**stack.guardrails.facts, "key": ""})
    for role, region in REGIONS.items():
        parts = tuple(replace(part, role=role) for part in stack.parts if has_role(part.component, role))
        there = {**blueprint.data, "region": region, "extra_resources": {}}
        own = replace(blueprint, data=there, member=role)
        if parts:
            yield replace(stack, name=own.stack_name, parts=parts, functions=(), notes=(), guardrails=keyless), own
