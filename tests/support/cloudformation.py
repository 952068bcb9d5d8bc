"""CloudFormation's updates in small: what a template makes of a stack that an earlier one made.

Only what decides which code is served: logical IDs, replacement, retention, references, and Lambda's
versions, which are snapshots taken once and never again. Sources: "Update behaviors of stack
resources" in CloudFormation's guide; PublishVersion in Lambda's API reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tierforge.tables import conditionally_create_only, create_only


@dataclass
class Made:
    """A resource of the stack: its physical id and its properties, references resolved."""

    kind: str
    physical: str
    properties: Mapping[str, Any]
    retained: bool


@dataclass
class Stack:
    """A stack. `versions` are all that were ever published and not deleted, by their ARN."""

    resources: dict[str, Made] = field(default_factory=dict)
    versions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def deploy(self, template: Mapping[str, Any], **parameters: str) -> set[str]:
        """Update the stack to `template`; the logical IDs of what was created, changed or removed."""
        wanted = template["Resources"]
        done: dict[str, Made] = {}
        changed = {name for name in self.resources if name not in wanted}
        for name in _ordered(wanted):
            properties = _resolved(wanted[name].get("Properties", {}), done, parameters)
            retained = wanted[name].get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
            old = self.resources.get(name)
            if old and old.properties == properties:
                done[name] = Made(old.kind, old.physical, properties, retained)
                continue
            changed.add(name)
            kind = wanted[name]["Type"]
            if old is None or _replaced(kind, old.properties, properties):
                physical = self._created(name, kind, properties, done)
            else:
                physical = old.physical
            done[name] = Made(kind, physical, properties, retained)
        for name in self.resources.keys() - wanted.keys():
            if not self.resources[name].retained:
                self.versions.pop(self.resources[name].physical, None)
        self.resources = done
        return changed

    def serves(self, alias: str) -> Mapping[str, Any]:
        """What callers of an alias run: the function as it was when the alias's version was published."""
        return self.versions[self.resources[alias].properties["FunctionVersion"]]

    def _created(self, name: str, kind: str, properties: Mapping[str, Any], done: Mapping[str, Made]) -> str:
        physical = f"{name}#{next(self.numbers)}"
        if kind != "AWS::Lambda::Version":
            return physical
        function = next(made.properties for made in done.values() if made.physical == properties["FunctionName"])
        self.versions[physical] = function
        return physical


def _replaced(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a property has changed that can't be changed in place, or not always."""
    tops = {path.split(".")[0] for path in (*create_only(kind), *conditionally_create_only(kind))}
    return any(old.get(name) != new.get(name) for name in tops)


def _references(value: Any) -> Iterator[str]:
    text = json.dumps(value)
    yield from re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"([^"]+)"', text)
    yield from re.findall(r"\$\{(\w+)", text)


def _ordered(resources: Mapping[str, Any]) -> list[str]:
    """The logical IDs, each behind those that it refers to or depends on."""
    order: dict[str, None] = {}

    def add(name: str) -> None:
        if name in resources and name not in order:
            said = resources[name]
            depends = said.get("DependsOn", [])
            for other in (*([depends] if isinstance(depends, str) else depends), *_references(said["Properties"])):
                if other != name:
                    add(other)
            order[name] = None

    for name in resources:
        add(name)
    return list(order)


def _resolved(value: Any, done: Mapping[str, Made], parameters: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_resolved(item, done, parameters) for item in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        name = value["Ref"]
        return done[name].physical if name in done else parameters.get(name, name)
    if "Fn::GetAtt" in value:
        name, attribute = value["Fn::GetAtt"]
        return done[name].physical if attribute == "Version" else f"{done[name].physical}.{attribute}"
    return {key: _resolved(item, done, parameters) for key, item in value.items()}
