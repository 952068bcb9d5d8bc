"""A linter's finding in a template, turned into a diagnostic at the blueprint's line that led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.template.assemble import Template

if TYPE_CHECKING:
    from tierforge.template.lint import Finding


def placed(finding: Finding, template: Template, blueprint: Blueprint) -> Diagnostic:
    """`finding` where the blueprint asked for what it is about; its place in the template stands in the hint."""
    owner = template.owner(finding.path)
    where = "/".join(map(str, finding.path)) or "the template"
    if finding.path[:1] == ("Description",):
        span = blueprint.source.span(["description"])
        hint = f"at {where}, line {finding.line} of the template"
    elif owner is None:
        span = blueprint.source.span(["pattern"])
        hint = f"at {where}, line {finding.line} of the template; no line of the blueprint led to it: please report it"
    else:
        span = owner.span
        hint = f"at {where}, line {finding.line} of the template"
    return Diagnostic(finding.message, span, hint, finding.severity, finding.rule)
