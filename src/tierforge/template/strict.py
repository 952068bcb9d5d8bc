"""A finished template, turned into what a second linter, cloudformation-validate, finds in it.

It comes with the extra `strict`. It knows many of cfn-lint's rules, from an implementation
of its own; what the template suppresses for cfn-lint is suppressed here too, which
it does not do by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic, Severity
from tierforge.template.assemble import Template
from tierforge.template.lint import Finding
from tierforge.template.placement import placed

# What it has to say below these is advice about every template (a property is create-only, say).
_SEVERITIES: Mapping[str, Severity] = {"FATAL": "error", "ERROR": "error", "WARN": "warning"}


def findings(template: Template, blueprint: Blueprint) -> list[Diagnostic]:
    """Its errors and warnings, at the blueprint's lines that led to them."""
    import cloudformation_validate as judge

    config = judge.ValidateConfig(
        strict=True,  # else it calls a value that no enumeration holds a warning
        severity_level=judge.Severity.WARN,
        pseudo_parameter_overrides=judge.PseudoParameterOverrides(region=blueprint.region),
    )
    content = judge.TemplateContent(template.text, "template.yaml")
    report = _engine().validate_template(content, config)
    found = map(_finding, report.diagnostics)
    return [placed(finding, template, blueprint) for finding in found if not _suppressed(finding, template)]


@cache
def _engine() -> Any:
    """Its rules, read once: that takes four times as long as a template."""
    import cloudformation_validate as judge

    return judge.CompositeEngine()


def _finding(said: Any) -> Finding:
    severity = _SEVERITIES[said.severity.name]
    return Finding(_path(said), said.rule_id, severity, said.message, said.start_line or 1, said.start_column or 1)


def _path(said: Any) -> tuple[str | int, ...]:
    """Where a finding is: it says so with slashes from the top, or with dots below a resource."""
    if said.entity is None:
        return ()
    if said.entity.entity_type.name != "RESOURCE":
        return tuple((said.property_path or "").split("/"))
    steps = re.findall(r"[^.\[\]]+", said.property_path or "")
    return ("Resources", said.entity.logical_id, *(int(step) if step.isdecimal() else step for step in steps))


def _suppressed(finding: Finding, template: Template) -> bool:
    """Whether the resource says that cfn-lint's rule of that number does not count; their letters differ at times."""
    if finding.path[:1] != ("Resources",):
        return False
    metadata = template.data["Resources"][finding.path[1]].get("Metadata", {})
    ignored = metadata.get("cfn-lint", {}).get("config", {}).get("ignore_checks", ())
    return finding.rule[1:] in [rule[1:] for rule in ignored]
