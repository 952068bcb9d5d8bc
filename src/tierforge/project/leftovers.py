"""A template, turned into what is left when its stack is deleted, and what stands in the way of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tierforge.components import Catalog
from tierforge.data_files import read_yaml
from tierforge.template.assemble import Template

KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot")
CONTEXT = "com.aws.cloudformation.Context"


def retained(template: Template, catalog: Catalog, region: str = "") -> Iterator[dict[str, Any]]:
    """What stays when the stack is deleted, and how to remove it then: in a `region` other than the application's."""
    there = f" --region {region}" if region else ""
    for kept, logical_id, data, said in _told(template, catalog):
        if kept:
            why = data.get("Metadata", {}).get(CONTEXT, {}).get("why", said["why"])
            commands = [command + there for command in said["remove"]]
            yield {**said, "logical_id": logical_id, "type": said["name"], "why": why, "remove": commands}


def filled(template: Template, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """What goes with the stack, but not as long as there is something in it, and how to empty it."""
    for kept, logical_id, _, said in _told(template, catalog):
        if not kept and "filled" in said:
            yield {"logical_id": logical_id, "type": said["name"], "empty": said["remove"][:-1]}


def _told(template: Template, catalog: Catalog) -> Iterator[tuple[bool, str, Mapping[str, Any], Mapping[str, Any]]]:
    """Resources of types that are told of: whether they stay, their logical ID, what they are, and what is told."""
    leftovers = read_yaml(Path(catalog.root) / "project" / "leftovers.yaml")
    for entry in template.resources():
        if said := leftovers.get(entry.data["Type"]):
            yield entry.data.get("DeletionPolicy") in KEPT, entry.key, entry.data, said
