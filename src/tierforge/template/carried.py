"""What an organisation asks of every resource of a type, laid into the resources that don't say it themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tierforge.model import Part
from tierforge.quoting import yaml_scalar
from tierforge.template.fragments import Entry, value_of


def carrying(entry: Entry, guardrails: Part) -> Entry:
    """`entry` with the properties that its type carries, as the component of the guardrails says."""
    if entry.section != "Resources":
        return entry
    asked: Mapping[str, str] = guardrails.component.data["carried"].get(entry.data["Type"], {})
    own = entry.data.get("Properties", {})
    lines = [] if own else ["    Properties:\n"]
    for name, what in asked.items():
        # a fact is text of a template, an option a value
        text = guardrails.facts.get(what) or yaml_scalar(guardrails.options.get(what))
        if text != "null" and name not in own:
            lines.append(f"      {name}: {text}\n")
    if not [line for line in lines if line.startswith("      ")]:
        return entry
    text = entry.text + "".join(lines)
    return replace(entry, text=text, data=value_of(text, entry.origin))
