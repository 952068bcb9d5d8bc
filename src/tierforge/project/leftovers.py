"""A template, turned into what is left when its stack is deleted."""

from __future__ import annotations

from collections.abc import Iterator
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
    leftovers = read_yaml(Path(catalog.root) / "project" / "leftovers.yaml")
    for entry in template.resources():
        data = entry.data
        said = leftovers.get(data["Type"])
        if data.get("DeletionPolicy") in KEPT and said:
            why = data.get("Metadata", {}).get(CONTEXT, {}).get("why", said["why"])
            commands = [command + there for command in said["remove"]]
            yield {**said, "logical_id": entry.key, "type": said["name"], "why": why, "remove": commands}
