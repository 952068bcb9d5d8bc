"""What every resource carries beside what its template says: the application's tags, and reasons for judges."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import holds
from tierforge.model import Component, Part
from tierforge.quoting import yaml_scalar
from tierforge.stack.security import key_of
from tierforge.tables import tag_property
from tierforge.template.fragments import Entry

Suppression = Mapping[str, Any]  # of a component's `suppress` list: type, id, reason, resource, when


def marked(entry: Entry, blueprint: Blueprint, guardrails: Part) -> Entry:
    """A resource with its tags, and with the reasons why a judge's finding is accepted, in its Metadata."""
    if entry.section != "Resources":
        return entry
    lines = entry.text.splitlines(keepends=True)
    data = dict(entry.data)
    said = _suppressions(entry, blueprint, guardrails)
    if said:
        metadata = {**data.get("Metadata", {}), **dict(_metadata(said))}
        properties = {key: data.pop(key) for key in ("Properties",) if key in data}  # last, as they stand in the text
        data |= {"Metadata": metadata, **properties}
        at = _metadata_end(lines)
        lines[at:at] = _metadata_lines(said)
    place = tag_property(data["Type"])
    if place and "Properties" not in data:
        data["Properties"] = {}
        lines.append("    Properties:\n")
    elif place and not data["Properties"]:
        place = None  # `Properties: {}` has no room for more lines
    if place and place[0] not in data["Properties"]:
        name, shape = place
        data["Properties"] = {**data["Properties"], name: tags_of(blueprint) if shape == "list" else blueprint.tags}
        lines += _tag_lines(name, data["Properties"][name])
    return replace(entry, text="".join(lines), data=data)


def tags_of(blueprint: Blueprint) -> list[dict[str, str]]:
    """The application's tags as most types take them."""
    return [{"Key": key, "Value": value} for key, value in blueprint.tags.items()]


def _tag_lines(name: str, tags: Any) -> Iterator[str]:
    yield f"      {name}:\n"
    if isinstance(tags, list):
        yield from (f"        - {yaml_scalar(pair)}\n" for pair in tags)
    else:
        yield from (f"        {yaml_scalar(key)}: {yaml_scalar(value)}\n" for key, value in tags.items())


def _suppressions(entry: Entry, blueprint: Blueprint, guardrails: Part) -> list[Suppression]:
    """What the part's component, those that fill its slots and the guardrails say of findings on a resource.

    Beside the component's options, `when` knows the `blueprint`, by kind what the part `uses`, the `key` of what
    it keeps, and the `properties` of the resource. What several of them say in the same words stands there once.
    """
    part = entry.part
    uses = {use.part.component.kind: use.part.name for use in part.uses}
    known: dict[str, Any] = {"blueprint": blueprint.data, "api": blueprint.data["api"], "uses": uses}
    known["properties"] = entry.data.get("Properties", {})
    known["key"] = key_of(part.options, guardrails) or None
    found = {
        (said["id"], said["reason"]): said
        for each in (part, *(use.part for use in part.uses), guardrails)
        for said in _suppressed(each.component).get(entry.data["Type"], ())
        if said.get("resource", entry.key).format(id=each.id) == entry.key
        and ("when" not in said or holds(said["when"], {**each.options, **known}))
    }
    return list(found.values())


@functools.lru_cache(maxsize=256)
def _suppressed(component: Component) -> Mapping[str, list[Suppression]]:
    """The `suppress` list of a component by type of resource."""
    found: dict[str, list[Suppression]] = {}
    for said in component.data.get("suppress", ()):
        found.setdefault(said["type"], []).append(said)
    return found


def _metadata(said: Sequence[Suppression]) -> Iterator[tuple[str, Any]]:
    """The suppressions in the forms that checkov, cdk-nag and cfn-lint read."""
    checkov = [{"id": s["id"], "comment": s["reason"]} for s in said if _judge(s) == "checkov"]
    nag = [{"id": s["id"], "reason": s["reason"]} for s in said if _judge(s) == "cdk_nag"]
    lint = [s["id"] for s in said if _judge(s) == "cfn-lint"]
    if checkov:
        yield "checkov", {"skip": checkov}
    if nag:
        yield "cdk_nag", {"rules_to_suppress": nag}
    if lint:
        yield "cfn-lint", {"config": {"ignore_checks": lint}}


def _judge(said: Suppression) -> str:
    if said["id"].startswith("CKV"):
        return "checkov"
    return "cdk_nag" if said["id"].startswith(("AwsSolutions", "Serverless")) else "cfn-lint"


def _metadata_lines(said: Sequence[Suppression]) -> Iterator[str]:
    for judge, value in _metadata(said):
        ((key, items),) = value.items()
        if judge == "cfn-lint":  # its form has no room for a reason
            yield from (f"      # {s['id']}: {s['reason']}\n" for s in said if _judge(s) == judge)
            yield f"      {judge}: {yaml_scalar(value)}\n"
        else:
            yield f"      {judge}:\n        {key}:\n"
            yield from (f"          - {yaml_scalar(item)}\n" for item in items)


def _metadata_end(lines: list[str]) -> int:
    """The index behind the last line of the entry's Metadata, which is begun where there is none."""
    heads = [line.split(":")[0] for line in lines]
    if "    Metadata" not in heads:
        at = heads.index("    Properties")
        lines.insert(at, "    Metadata:\n")
        return at + 1
    at = heads.index("    Metadata") + 1
    while at < len(lines) and lines[at].startswith("      "):
        at += 1
    return at
