"""The domain of an API, held against what API Gateway and ACM take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part

LONGEST_COMMON_NAME = 64  # of a certificate that ACM makes (RFC 5280)


def domain_faults(parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Certificates of another Region than the domain's, and base paths and names that it does not take."""
    for part in (part for part in parts if part.component.kind == "domain"):
        options = part.options
        wanted = part.facts.get("certificate_region", blueprint.region)
        given = options["certificate_arn"]
        if given and given.split(":")[3] != wanted:
            message = f"the certificate is in {given.split(':')[3]}; for this domain it has to be in {wanted}"
            hint = f"name one that ACM has in {wanted}"
            yield Diagnostic(message, blueprint.source.span([*part.where, "certificate_arn"]), hint)
        elif not given and wanted != blueprint.region:
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
            message = "the base path of an edge-optimized domain has one level"
            hint = f"say {options['base_path'].split('/')[0]!r}, or `endpoint: regional`"
            yield Diagnostic(message, blueprint.source.span([*part.where, "base_path"]), hint)
