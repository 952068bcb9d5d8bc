"""A linter's finding in a template, turned into a diagnostic at the blueprint's line that led to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.template.assemble import Template

if TYPE_CHECKING:
    from tierforge.template.lint import Finding

LONGEST = 300  # characters of a finding: some list hundreds of allowed values


def placed(finding: Finding, template: Template, blueprint: Blueprint) -> Diagnostic:
    """`finding` where the blueprint asked for what it is about; its place in the template stands in the hint."""
    owner = template.owner(finding.path)
    hint = f"at {'/'.join(map(str, finding.path)) or 'the template'}, line {finding.line} of the template"
    if finding.path[:1] == ("Description",):
        span = blueprint.source.span(["description"])
    elif owner is not None:
        span = owner.span
    else:
        span = blueprint.source.span(["pattern"])
        hint += "; no line of the blueprint led to it: please report it"
    message = finding.message if len(finding.message) <= LONGEST else _shortened(finding.message)
    return Diagnostic(message, span, hint, finding.severity, finding.rule)


def _shortened(message: str) -> str:
    """A message that lists hundreds of allowed values, with those that are most like the one that isn't allowed."""
    from difflib import get_close_matches

    listed = re.match(r"'([^']*)' is not one of \[(.*)\]", message, re.DOTALL)
    close = get_close_matches(listed[1], re.findall(r"'([^']*)'", listed[2]), n=3) if listed else []
    if not listed or not close:
        return f"{message[:LONGEST]}…"
    return f"'{listed[1]}' can't be used here; close to it: {', '.join(close)}"
