"""The section `security`, turned into the part that guards the whole stack, and the customer key of what it keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, dig, facts, holds
from tierforge.diagnostics import Diagnostic
from tierforge.model import Options, Part
from tierforge.quoting import yaml_scalar

PSEUDO = re.compile(r"\$\{(AWS::\w+)\}")


def guardrails_of(blueprint: Blueprint, catalog: Catalog) -> Part:
    """The part of the only component of its kind; its fact `key` is the stack's key as it stands in a template."""
    (component,) = catalog.of("security").values()
    options = blueprint.data["security"]
    written = {name: yaml_scalar(value) for name, value in options.items()}
    said = {name: value.format(**written) for name, value in facts(component, options).items()}
    span = blueprint.source.span(["security"], of="key")
    return Part(component, component.name, span, options=options, facts=said, where=("security",))


def guarding(guardrails: Part, parts: Sequence[Part], blueprint: Blueprint) -> Part:
    """`guardrails` with what they have to know of all `parts`: who uses the key, and whether it outlives the stack."""
    made = (part.options for part in parts if not part.adopted)
    kept = blueprint.data["observability"]["keep_logs"] or any(options.get("protect") for options in made)
    users = {user["sid"]: user for part in (guardrails, *parts) for user in _key_users(part)}
    return replace(guardrails, view={"kept": kept, "key_users": list(users.values())})


def key_of(options: Options, guardrails: Part) -> str:
    """The customer key of what a part with these options keeps, as it stands in a template; "" for none.

    A part's own key wins over the stack's, which is none of what stands already.
    """
    existing = options.get("existing")
    own = (existing or options).get("kms_key_arn")
    return yaml_scalar(own) if own else "" if existing else str(guardrails.facts.get("key", ""))


def account_faults(parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """ARNs of another account than the blueprint is for, for options that a component lists under `in_account`."""
    for part in parts:
        for option in part.component.data.get("in_account", ()):
            account = (dig(part.options, option) or "").split(":")[4:5]
            if blueprint.account_id and account and account[0] not in ("aws", blueprint.account_id):
                message = f"{option}: it is in {account[0]}, and has to be in {blueprint.account_id}"
                place = blueprint.source.span([*part.where, *option.split(".")])
                yield Diagnostic(message, place, "name one of that account")


def key_policy(guardrails: Part, blueprint: Blueprint) -> list[dict[str, Any]]:
    """The statements that the policy of a key needs that was given; none where none was, or the stack makes it."""
    if not guardrails.options["kms_key_arn"]:
        return []
    _, partition, _, region, account, _ = guardrails.options["kms_key_arn"].split(":")
    suffix = "amazonaws.com.cn" if partition.endswith("-cn") else "amazonaws.com"
    known = {
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::AccountId": blueprint.account_id or account,
        "AWS::URLSuffix": suffix,
    }
    administers = {
        "Sid": "AccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    users = [
        {
            "Sid": user["sid"],
            "Effect": "Allow",
            "Principal": {"Service": user["service"]},
            "Action": user["actions"],
            "Resource": "*",
            "Condition": user["condition"],
        }
        for user in guardrails.view["key_users"]
    ]
    return [_told(statement, known) for statement in (administers, *users)]


def _key_users(part: Part) -> Iterator[Mapping[str, Any]]:
    for user in part.component.data.get("key_users", ()):
        if holds(user.get("when", {}), part.options):
            yield user


def _told(value: Any, known: Mapping[str, str]) -> Any:
    """`value` with the names of CloudFormation's pseudo parameters replaced by what they stand for."""
    if isinstance(value, str):
        return PSEUDO.sub(lambda found: known[found[1]], value)
    if isinstance(value, Mapping):
        return {name: _told(each, known) for name, each in value.items()}
    return [_told(each, known) for each in value]
