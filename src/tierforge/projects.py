"""A source, turned into a project: its blueprint, its stacks, their templates and the code that goes with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint, validate
from tierforge.blueprint.services import PLATFORM
from tierforge.blueprint.source import Source
from tierforge.components import Catalog
from tierforge.diagnostics import BlueprintError, Diagnostic, has_errors
from tierforge.model import File, Stack
from tierforge.project.clients import client_files
from tierforge.project.code import code_files
from tierforge.project.openapi import client_document
from tierforge.project.site import site_files
from tierforge.project.targets import stack_folder
from tierforge.stack.companions import companions
from tierforge.stack.platform import platform_of
from tierforge.stack.resolve import resolve
from tierforge.template.assemble import Template, assemble
from tierforge.template.costs import Floor, floor
from tierforge.template.finalize import finalize
from tierforge.template.limits import Budget, budgets, limit_faults
from tierforge.template.placement import placed
from tierforge.template.render import environment as jinja
from tierforge.template.render import render

TOLD_ALREADY = ("W2531",)  # a deprecated runtime: resolve tells it at the line that names the runtime


@dataclass(frozen=True)
class Project:
    """A stack of an application in one environment, rendered: its template, and the files that go with it.

    `companions` are the stacks that have to stand beside it, in the order in which they are deployed before it,
    `unneeded` those that have nothing in them; `floor` is what all of them cost.
    """

    blueprint: Blueprint
    stack: Stack
    template: Template
    files: tuple[File, ...]
    assembled: Template  # before finalize: `package` finalizes it with the code that it built
    floor: Floor
    budgets: tuple[Budget, ...]
    notes: tuple[Diagnostic, ...]
    companions: tuple[Project, ...] = ()
    unneeded: tuple[Blueprint, ...] = ()


def project_of(
    source: Source,
    catalog: Catalog,
    environment: str = "",
    *,
    form: str = "yaml",
    cached: bool = True,
    linted: bool = True,
) -> Project:
    """Render what is known of one environment of several; "" where the blueprint has none."""
    blueprint = validate(source, catalog, environment, cached=cached)
    return project_from(blueprint, catalog, form=form, cached=cached, linted=linted)


def project_from(
    blueprint: Blueprint, catalog: Catalog, *, form: str = "yaml", cached: bool = True, linted: bool = True
) -> Project:
    """As `project_of`, for a blueprint that is valid."""
    stack = (platform_of if blueprint.service == PLATFORM else resolve)(blueprint, catalog)
    env = jinja(catalog, cached=cached)
    assembled = _assembled(stack, blueprint, catalog, env)
    beside = [(each, own, _assembled(each, own, catalog, env)) for each, own in companions(stack, blueprint)]
    shared = _shared_out(blueprint, [template for _, _, template in beside])
    made, unneeded = list[Project](), list[Blueprint]()
    for (each, own, template), overrides in zip(beside, shared[1:], strict=True):
        if template.entries:
            own = replace(own, data={**own.data, "overrides": overrides})
            made.append(_finished(each, own, template, form=form, cached=cached, linted=linted))
        else:
            unneeded.append(own)
    blueprint = replace(blueprint, data={**blueprint.data, "overrides": shared[0]})
    main = _finished(stack, blueprint, assembled, form=form, cached=cached, linted=linted)
    cost = floor(main.template, *(companion.template for companion in made))
    code = [*code_files(stack, blueprint, env), *site_files(stack, blueprint, env)]
    if stack.routes:  # what services share has no API, and so no clients
        code += [client_document(stack, blueprint, catalog), *client_files(stack, blueprint, env)]
    return replace(main, files=(*main.files, *code), floor=cost, companions=tuple(made), unneeded=tuple(unneeded))


def _assembled(stack: Stack, blueprint: Blueprint, catalog: Catalog, env: SandboxedEnvironment) -> Template:
    return assemble(_description(blueprint, catalog), render(stack, blueprint, catalog, env))


def _shared_out(blueprint: Blueprint, beside: Sequence[Template]) -> list[dict[str, Any]]:
    """The blueprint's overrides: of the main stack, and of each template `beside` it, those of what it has."""
    left = dict(blueprint.data["overrides"])
    own = [{name: left.pop(name) for name in list(left) if ("Resources", name) in t.keys} for t in beside]
    return [left, *own]


def _finished(
    stack: Stack, blueprint: Blueprint, assembled: Template, *, form: str, cached: bool, linted: bool
) -> Project:
    """A stack with its template completed and checked; raises BlueprintError with what is found."""
    template = finalize(assembled, blueprint, stack.guardrails)
    found = [*stack.notes, *limit_faults(template, blueprint)]
    if has_errors(found):
        raise BlueprintError(f for f in found if f.severity == "error")
    if linted:
        found += lint_faults(template, blueprint, cached=cached)
    if has_errors(found):
        raise BlueprintError(found)
    files = (template_file(template, form, stack_folder(blueprint)),)
    return Project(
        blueprint, stack, template, files, assembled, floor(template), tuple(budgets(template)), tuple(found)
    )


def template_file(template: Template, form: str, folder: str = "") -> File:
    """The template as a file of the project, in YAML or JSON; `folder` ends in a slash."""
    if form == "json":
        return File(f"{folder}template.json", json.dumps(template.data, indent=2) + "\n")
    return File(f"{folder}template.yaml", template.text)


def lint_faults(template: Template, blueprint: Blueprint, *, cached: bool) -> list[Diagnostic]:
    """What cfn-lint finds, at the blueprint's lines that led to it, each once."""
    from tierforge.template.lint import lint  # here, so that a render without it stays quick

    found = lint(template.text, blueprint.region, cache=cached)
    faults = (placed(finding, template, blueprint) for finding in found if finding.rule not in TOLD_ALREADY)
    told: dict[tuple[Any, ...], Diagnostic] = {}
    for fault in faults:  # one line of the blueprint may lead to several resources of a kind
        told.setdefault((fault.message, fault.span, fault.code), fault)
    return list(told.values())


def _description(blueprint: Blueprint, catalog: Catalog) -> str:
    """The template's Description: the blueprint's own, else that of its pattern, or of this part of it."""
    pattern: Mapping[str, Any] = catalog.get("pattern", blueprint.data["pattern"]).data
    part = PLATFORM if blueprint.service == PLATFORM else "service"
    said = pattern["sections"]["are"][part] if blueprint.service else pattern["description"]
    of_all = str(blueprint.data["description"] or f"{blueprint.name}: {said}")
    return f"{of_all} ({blueprint.member})" if blueprint.member else of_all
