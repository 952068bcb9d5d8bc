"""The parts of logical IDs that CloudFormation needs new when something else changed.

An API's deployment and a function's version are immutable: CloudFormation makes a new one only under a
new logical ID. Sources: AWS::ApiGateway::Deployment and AWS::Lambda::Version in the CloudFormation
Template Reference.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tierforge.intrinsics import references
from tierforge.model import Part
from tierforge.tables import conditionally_create_only, create_only
from tierforge.template.assemble import Template
from tierforge.template.fragments import Entry, value_of
from tierforge.template.render import TOKEN

LENGTH = 8  # hexadecimal digits
VOLATILE = ("Tags", "Metadata", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy")


def with_digests(template: Template) -> Template:
    """`template` with every digest in its place."""
    resources = {entry.key: entry for entry in template.resources()}
    declared = {
        stem: (part, said)
        for part, said in _declared(template)
        if (stem := said["id"].format(id=part.id)) + TOKEN in resources
    }
    digests: dict[str, str] = {}

    def settle(stem: str) -> str:
        """The digest of `stem`; it covers the digests that its resource names, so that those make it new too."""
        if stem not in digests:
            part, said = declared[stem]
            others = [other for other in _named(resources[stem + TOKEN].text) if other in declared and other != stem]
            ignore = (*VOLATILE, *said.get("ignore", ()))
            digests[stem] = _digest(
                _covered(said, part, resources), ignore, resources, {other: settle(other) for other in others}
            )
        return digests[stem]

    for stem in declared:
        settle(stem)
    return replace(template, entries=tuple(_settled(entry, digests) for entry in template.entries))


def _named(text: str) -> list[str]:
    """What stands before the digests in `text`."""
    return re.findall(rf"(\w+){TOKEN}", text)


def _declared(template: Template) -> Iterator[tuple[Part, Mapping[str, Any]]]:
    seen = set()
    for entry in template.entries:
        for said in entry.part.component.data.get("digests", ()):
            name = (str(entry.part.component), said["id"].format(id=entry.part.id))
            if name not in seen:
                seen.add(name)
                yield entry.part, said


def _covered(said: Mapping[str, Any], part: Part, resources: Mapping[str, Entry]) -> list[Entry]:
    """The entries whose change makes a new digest: those of some types, or named ones."""
    if "types" in said:
        return [entry for entry in resources.values() if entry.data.get("Type") in said["types"]]
    return [resources[name.format(id=part.id)] for name in said["entries"] if name.format(id=part.id) in resources]


def _digest(
    covered: Iterable[Entry], ignore: tuple[str, ...], resources: Mapping[str, Entry], others: Mapping[str, str]
) -> str:
    """A digest of entries, of `others`, and of what can't change without replacing what these entries refer to."""
    facts: dict[str, Any] = dict(others)
    waiting: list[str] = []
    for entry in covered:
        data = _without(entry.data, ignore)
        facts[entry.key] = data
        waiting += references(data)
    while waiting:
        name = waiting.pop()
        if name not in facts and name in resources:
            facts[name] = _create_only(resources[name].data)
            waiting += references(facts[name])
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:LENGTH]


def _without(data: Mapping[str, Any], ignore: tuple[str, ...]) -> dict[str, Any]:
    kept = {key: value for key, value in data.items() if key not in ignore}
    if isinstance(kept.get("Properties"), Mapping):
        kept["Properties"] = {key: value for key, value in kept["Properties"].items() if key not in ignore}
    return kept


def _create_only(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of a resource, the type and the properties whose change replaces it, or may replace it."""
    kind = str(data.get("Type"))
    properties = data.get("Properties", {})
    found = {}
    for path in (*create_only(kind), *conditionally_create_only(kind)):
        value: Any = properties
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            found[path] = value
    return {"Type": kind, **found}


def _settled(entry: Entry, digests: Mapping[str, str]) -> Entry:
    """`entry` with the digests that it carries or refers to; a bare token is its own."""
    if TOKEN not in entry.text:
        return entry
    own = digests.get(entry.key.removesuffix(TOKEN), "")

    def settled(text: str) -> str:
        return re.sub(rf"(\w*){TOKEN}", lambda found: found[1] + digests.get(found[1], own), text)

    text = settled(entry.text)
    return replace(entry, key=settled(entry.key), text=text, data=value_of(text, entry.origin))
