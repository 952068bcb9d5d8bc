"""A blueprint's path, turned into everything that its project consists of.

load -> validate -> resolve -> render -> assemble -> finalize -> lint. Only load reads the blueprint; nothing
here writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tierforge.blueprint.blueprint import Blueprint, validate
from tierforge.blueprint.source import Source, load
from tierforge.components import Catalog
from tierforge.diagnostics import BlueprintError, Diagnostic, has_errors
from tierforge.model import File, Stack
from tierforge.project.code import code_files
from tierforge.project.documents import documents
from tierforge.stack.resolve import resolve
from tierforge.template.assemble import Template, assemble
from tierforge.template.costs import Floor, floor
from tierforge.template.finalize import finalize
from tierforge.template.limits import Budget, budgets, limit_faults
from tierforge.template.placement import placed
from tierforge.template.render import environment, render

TOLD_ALREADY = ("W2531",)  # a deprecated runtime: resolve tells it at the line that names the runtime


@dataclass(frozen=True)
class Project:
    """A rendered project: `files` are what is written, `notes` what was worth saying (no errors)."""

    blueprint: Blueprint
    stack: Stack
    template: Template
    files: tuple[File, ...]
    assembled: Template  # before finalize: `package` finalizes it with the code that it built
    floor: Floor
    budgets: tuple[Budget, ...]
    notes: tuple[Diagnostic, ...]


def project(
    path: str, catalog: Catalog | None = None, *, form: str = "yaml", cached: bool = True, linted: bool = True
) -> Project:
    """Render the blueprint at `path`; `form` is yaml or json, `linted` asks cfn-lint as well.

    Raises UsageError, BlueprintError (with every fault of the stage that failed) or TemplateBug.
    """
    return project_of(load(path), catalog or Catalog(), form=form, cached=cached, linted=linted)


def project_of(
    source: Source, catalog: Catalog, *, form: str = "yaml", cached: bool = True, linted: bool = True
) -> Project:
    """As `project`, for a blueprint that was read already."""
    blueprint = validate(source, catalog, cached=cached)
    stack = resolve(blueprint, catalog)
    env = environment(catalog, cached=cached)
    assembled = assemble(_description(blueprint, catalog), render(stack, blueprint, catalog, env))
    template = finalize(assembled, blueprint)
    found = [*stack.notes, *limit_faults(template, blueprint)]
    if has_errors(found):
        raise BlueprintError(f for f in found if f.severity == "error")
    if linted:
        found += lint_faults(template, blueprint, cached=cached)
    if has_errors(found):
        raise BlueprintError(found)
    cost = floor(template)
    files = (
        template_file(template, form),
        *documents(stack, template, cost, blueprint, catalog, env),
        *code_files(stack, blueprint, env),
    )
    return Project(blueprint, stack, template, files, assembled, cost, tuple(budgets(template)), tuple(found))


def template_file(template: Template, form: str) -> File:
    """The template as a file of the project, in YAML or JSON."""
    if form == "json":
        return File("template.json", json.dumps(template.data, indent=2) + "\n")
    return File("template.yaml", template.text)


def lint_faults(template: Template, blueprint: Blueprint, *, cached: bool) -> list[Diagnostic]:
    """What cfn-lint finds, at the blueprint's lines that led to it."""
    from tierforge.template.lint import lint  # here, so that a render without it stays quick

    found = lint(template.text, blueprint.region, cache=cached)
    return [placed(finding, template, blueprint) for finding in found if finding.rule not in TOLD_ALREADY]


def _description(blueprint: Blueprint, catalog: Catalog) -> str:
    """The template's Description: the blueprint's own, else that of its pattern."""
    pattern: Mapping[str, str] = catalog.get("pattern", blueprint.data["pattern"]).data
    return str(blueprint.data["description"] or f"{blueprint.name}: {pattern['description']}")
