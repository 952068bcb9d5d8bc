"""Entries of many parts, joined to one template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from tierforge.diagnostics import BlueprintError, Diagnostic, Span, TemplateBug
from tierforge.model import Part
from tierforge.template.fragments import SECTIONS, Entry

BANNERS = {
    "presentation": "Presentation tier: what people see, and how they sign in",
    "logic": "Logic tier: the API and its functions",
    "data": "Data tier: where things are kept",
    "network": "Network of the functions and stores that need one",
    "operations": "Operations: what wakes somebody up",
    "": "Further resources, from the blueprint's extra_resources",
}


@dataclass(frozen=True)
class Template:
    """A CloudFormation template: its entries in the order in which they are written."""

    description: str
    entries: tuple[Entry, ...]

    @cached_property
    def text(self) -> str:
        """The template as YAML."""
        from tierforge.quoting import yaml_scalar

        lines = ['AWSTemplateFormatVersion: "2010-09-09"\n', f"Description: {yaml_scalar(self.description)}\n"]
        for section in SECTIONS:
            found = [entry for entry in self.entries if entry.section == section]
            if found:
                lines.append(f"\n{section}:\n")
                lines.extend(_resources(found) if section == "Resources" else (e.text for e in found))
        return "".join(lines)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The template as plain data, intrinsic functions in their long form."""
        result: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": self.description}
        for section in SECTIONS:
            found = {entry.key: entry.data for entry in self.entries if entry.section == section}
            if found:
                result[section] = found
        return result

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        """The section and the name of every entry."""
        return frozenset((entry.section, entry.key) for entry in self.entries)

    def resources(self) -> Iterator[Entry]:
        """The entries under Resources."""
        return (entry for entry in self.entries if entry.section == "Resources")

    def owner(self, path: Sequence[Any]) -> Part | None:
        """The part that made what stands at `path` (section, key, …); None for the template itself."""
        if len(path) < 2:
            return None
        for entry in self.entries:
            if entry.section == path[0] and entry.key == path[1]:
                inside = [place for place in entry.within if place == tuple(path[2 : 2 + len(place)])]
                return entry.within[max(inside, key=len)] if inside else entry.part
        return None


def assemble(description: str, entries: Iterable[Entry]) -> Template:
    """Join `entries`; an ID that two of them have is an error.

    Raises BlueprintError at both lines of the blueprint where its names meet, else TemplateBug.
    """
    seen: dict[tuple[str, str], Entry] = {}
    clashes: dict[tuple[Span, Span], Diagnostic] = {}  # two names that meet meet in several IDs: one is told
    for entry in entries:
        other = seen.setdefault((entry.section, entry.key), entry)
        if other is not entry:
            clashes.setdefault((other.part.span, entry.part.span), _clash(other, entry))
    if clashes:
        raise BlueprintError(clashes.values())
    return Template(description, tuple(seen.values()))


def _clash(first: Entry, second: Entry) -> Diagnostic:
    message = f"two names of this blueprint lead to the logical ID {second.key}"
    hint = "rename one of them: only letters and digits go into a logical ID"
    if first.part.span != second.part.span:
        return Diagnostic(message, second.part.span, hint, related=(first.part.span,))
    if first.origin == second.origin:  # one loop over names of the blueprint: groups, path parts
        return Diagnostic(message, second.part.span, hint)
    raise TemplateBug(f"{first.origin} and {second.origin} both render {second.section}/{second.key}")


def _resources(found: Sequence[Entry]) -> Iterator[str]:
    """The resources' texts, a banner above each tier."""
    for name, group in groupby(found, key=lambda entry: entry.tier):
        yield f"\n  # {'-' * 78}\n  # {BANNERS[name]}\n  # {'-' * 78}\n"
        for entry in group:
            yield "\n"
            yield entry.text
