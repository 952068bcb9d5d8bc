"""The domain of an API, and what the blueprint names by ARN, held against the Region that they have to be in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import dig
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part

LONGEST_COMMON_NAME = 64  # of a certificate that ACM makes (RFC 5280)


def region_faults(parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """ARNs of another Region, for options that a component lists under `in_region`."""
    for part in {(part.component, part.where): part for part in parts}.values():
        for option in part.component.data.get("in_region", ()):
            given = dig(part.options, option)
            if given and given.split(":")[3] != _region(part, blueprint):
                message = f"{option}: it is in {given.split(':')[3]}, and has to be in {_region(part, blueprint)}"
                hint = "name one of that Region"
                yield Diagnostic(message, blueprint.source.span([*part.where, *option.split(".")]), hint)


def _region(part: Part, blueprint: Blueprint) -> str:
    """Where what a part names by ARN has to be: in the stack's Region, unless its component knows better."""
    return str(part.facts.get("region", blueprint.region))


def domain_faults(parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Certificates that can't be made, and base paths and names that an API's domain does not take."""
    for part in (part for part in parts if part.component.kind == "domain" and not part.adopted):
        options = part.options
        wanted, given = _region(part, blueprint), options["certificate_arn"]
        if not given and wanted != blueprint.region:
            message = f"the certificate has to be in {wanted}; a stack in {blueprint.region} can't make it there"
            hint = f"say `certificate_arn` of one in {wanted}, or `endpoint: regional`"
            yield Diagnostic(message, blueprint.source.span([*part.where, "name"]), hint)
        if not given and len(options["name"]) > LONGEST_COMMON_NAME:
            message = (
                f"name: ACM makes certificates for at most {LONGEST_COMMON_NAME} characters, got {len(options['name'])}"
            )
            hint = "shorten it, or say `certificate_arn` of one that has it as a further name"
            yield Diagnostic(message, blueprint.source.span([*part.where, "name"]), hint)
        if part.facts.get("single_level") and "/" in (options["base_path"] or ""):
            message = f"the base path of {part.facts['single_level']} has one level"
            hint = f"say {options['base_path'].split('/')[0]!r}, or `endpoint: regional`"
            yield Diagnostic(message, blueprint.source.span([*part.where, "base_path"]), hint)
