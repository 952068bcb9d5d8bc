"""A template as guarantees look at it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from support.catalog import CATALOG
from support.openapi import expanded
from tierforge.blueprint.services import PLATFORM
from tierforge.projects import Project, project_from

Properties = Mapping[str, Any]
IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True)
class View:
    """`template` as plain data, and the project that it belongs to."""

    template: Mapping[str, Any]
    project: Project

    @cached_property
    def written(self) -> dict[str, Mapping[str, Any]]:
        """The resources that tierforge made, by logical ID, as they stand in the template."""
        said = self.blueprint["extra_resources"]
        return {key: value for key, value in self.template["Resources"].items() if key not in said}

    @cached_property
    def resources(self) -> dict[str, Mapping[str, Any]]:
        """The same, with the resources that API Gateway makes of an OpenAPI body."""
        return expanded(self.written, self.project.assembled)

    @cached_property
    def sharers(self) -> list[View]:
        """The services that use the VPC of this stack; those of a stack that makes one for itself: it alone."""
        made = self.project.blueprint
        if made.service != PLATFORM:
            return [self]
        others = [each for each in made.others.values() if each.data["network"]["shared"] == made.parameter("")]
        knowing = (replace(each, others=made.others) for each in others)
        projects = (project_from(each, CATALOG, linted=False) for each in knowing)
        return [View(project.template.data, project) for project in projects]

    @property
    def shared(self) -> bool:
        """Whether the VPC is another stack's."""
        return bool(self.blueprint["network"]["shared"])

    @property
    def blueprint(self) -> Mapping[str, Any]:
        """The blueprint with its defaults."""
        return self.project.blueprint.data

    def of(self, *types: str) -> Iterator[tuple[str, Properties]]:
        """Logical ID and properties of every resource of these types, written without `AWS::`."""
        wanted = {f"AWS::{each}" for each in types}
        return ((key, r.get("Properties", {})) for key, r in self.resources.items() if r["Type"] in wanted)

    def properties(self, key: str) -> Properties:
        """The properties of one resource; empty where there is none."""
        found: Properties = self.resources.get(key, {}).get("Properties", {})
        return found

    def kind(self, key: str) -> str:
        """The type of a resource without `AWS::`; "" where there is none."""
        return str(self.resources.get(key, {}).get("Type", "")).removeprefix("AWS::")


def strings(value: Any) -> Iterator[str]:
    """Every text in `value`, keys of maps left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def maps(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every map in `value`, itself included."""
    if isinstance(value, Mapping):
        yield value
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from maps(each)


def references(value: Any) -> Iterator[str]:
    """What `value` refers to: a logical ID, a parameter or a pseudo parameter, the attribute left out."""
    for each in maps(value):
        if len(each) == 1:
            ((function, said),) = each.items()
            if function == "Ref":
                yield said
            elif function == "Fn::GetAtt":
                yield said[0]
            elif function == "Fn::Sub":
                text, own = (said, {}) if isinstance(said, str) else said
                yield from (n.split(".")[0] for n in IN_TEXT.findall(text) if n not in own)


def arn_of(key: str, attribute: str = "Arn") -> dict[str, list[str]]:
    """The reference to an attribute of a resource."""
    return {"Fn::GetAtt": [key, attribute]}


def in_text(text: str) -> Any:
    """A text as it stands in a template: what names resources is substituted."""
    return {"Fn::Sub": text} if "${" in text else text


def ref(key: str) -> dict[str, str]:
    """The reference to a resource."""
    return {"Ref": key}


def listed(value: Any) -> list[Any]:
    """IAM and CloudFormation take one thing or a list of them: as a list."""
    return value if isinstance(value, list) else [value]


def frozen(value: Any) -> str:
    """`value` as something that can be compared and kept in a set."""
    return json.dumps(value, sort_keys=True)


def target(value: Any) -> str:
    """The logical ID behind a Ref or Fn::GetAtt; "" for anything else."""
    match value:
        case {"Ref": str(key)}:
            return key
        case {"Fn::GetAtt": [str(key), *_]}:
            return key
    return ""
