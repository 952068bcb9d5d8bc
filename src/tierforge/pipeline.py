"""A blueprint's path, turned into everything that its project consists of.

load -> validate -> resolve -> render -> assemble -> finalize -> lint. Only load reads the blueprint; nothing
here writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tierforge.blueprint.blueprint import Blueprint, check_environments, defaults_used, validate
from tierforge.blueprint.environments import environments
from tierforge.blueprint.schema import compose
from tierforge.blueprint.source import ENVIRONMENTS, Source, load
from tierforge.components import Catalog
from tierforge.diagnostics import BlueprintError, Diagnostic, UsageError, has_errors, in_source_order
from tierforge.model import File, Stack
from tierforge.project.code import code_files
from tierforge.project.documents import Described, documents, environment_folder
from tierforge.project.openapi import PATH as OPENAPI
from tierforge.project.openapi import client_document
from tierforge.stack.resolve import resolve
from tierforge.template.assemble import Template, assemble
from tierforge.template.costs import Floor, floor
from tierforge.template.finalize import finalize
from tierforge.template.limits import Budget, budgets, limit_faults
from tierforge.template.nodes import write
from tierforge.template.openapi import definitions
from tierforge.template.placement import placed
from tierforge.template.render import environment as jinja
from tierforge.template.render import render

TOLD_ALREADY = ("W2531",)  # a deprecated runtime: resolve tells it at the line that names the runtime


@dataclass(frozen=True)
class Project:
    """One environment of an application, rendered: its template, and the files that go with it."""

    blueprint: Blueprint
    stack: Stack
    template: Template
    files: tuple[File, ...]
    assembled: Template  # before finalize: `package` finalizes it with the code that it built
    floor: Floor
    budgets: tuple[Budget, ...]
    notes: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Application:
    """Everything that a blueprint comes to: a project for each environment, and the documents of them all."""

    projects: tuple[Project, ...]
    documents: tuple[File, ...]

    def of(self, environment: str) -> Project:
        """The project of an environment, or the only one. Raises UsageError where it is not said which of several."""
        found = [project for project in self.projects if environment in ("", project.blueprint.environment)]
        if len(found) > 1:
            names = ", ".join(project.blueprint.environment for project in found)
            raise UsageError("the blueprint has several environments", f"say one of them: --env {names}")
        return found[0]

    @property
    def files(self) -> tuple[File, ...]:
        """The templates of all, their documents, and the code that they share: the first environment's."""
        found = {file.path: file for project in reversed(self.projects) for file in project.files}
        return (*self.documents, *(found[path] for path in sorted(found)))

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """What was worth saying, each once."""
        told = (note for project in self.projects for note in project.notes)
        return in_source_order((*told, *(note for other in self.projects[1:] for note in _other_code(self, other))))

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults that were used, by dotted key; by environment first where there are several."""
        if len(self.projects) == 1 and not self.projects[0].blueprint.environment:
            return defaults_used(self.projects[0].blueprint)
        return {project.blueprint.environment: defaults_used(project.blueprint) for project in self.projects}


def application(
    path: str,
    catalog: Catalog | None = None,
    *,
    form: str = "yaml",
    cached: bool = True,
    linted: bool = True,
    only: str = "",
) -> Application:
    """Render the blueprint at `path`, every environment of it; `form` is yaml or json, `linted` asks cfn-lint as well.

    `only` names the one environment to be linted. Raises UsageError, BlueprintError (with every fault of
    the stage that failed) or TemplateBug.
    """
    catalog = catalog or Catalog(cached=cached)
    return application_of(load(path), catalog, form=form, cached=cached, linted=linted, only=only)


def application_of(
    source: Source,
    catalog: Catalog,
    *,
    form: str = "yaml",
    cached: bool = True,
    linted: bool = True,
    only: str = "",
) -> Application:
    """As `application`, for a blueprint that was read."""
    check_environments(source, catalog, cached=cached)
    sources = environments(source, compose(catalog))
    if only and only not in sources:
        known = ", ".join(name for name in sources if name) or "the blueprint has no `environments`"
        raise UsageError(f"there is no environment {only!r}", known)
    made: list[Project] = []
    faults: list[Diagnostic] = []
    for name, own in sources.items():
        wanted = linted and only in ("", name)
        try:
            made.append(project_of(own, catalog, name, form=form, cached=cached, linted=wanted))
        except BlueprintError as fault:
            faults += fault.diagnostics
    if faults:
        raise BlueprintError(faults)
    described = [Described(each.stack, each.template, each.floor, each.blueprint) for each in made]
    return Application(tuple(made), tuple(documents(described, catalog, jinja(catalog, cached=cached))))


def _other_code(application: Application, project: Project) -> Iterator[Diagnostic]:
    """Where an environment would have other code than the first one, whose code all of them share."""
    first = application.projects[0]
    shared = {file.path: file.text for file in first.files}
    folders = [f.folder for f in project.stack.functions]
    other = [
        folder
        for folder in folders
        if any(f.path.startswith(f"{folder}/") and shared.get(f.path, f.text) != f.text for f in project.files)
    ]
    if other:
        name = project.blueprint.environment
        message = f"{name!r} would have other code in {', '.join(other)}, but all environments share that of "
        hint = "let it differ in what a handler reads at run time: function: {environment: …}"
        place = project.blueprint.source.span([ENVIRONMENTS, name], of="key")
        yield Diagnostic(f"{message}{first.blueprint.environment!r}", place, hint, severity="warning")


def project(
    path: str, catalog: Catalog | None = None, *, form: str = "yaml", cached: bool = True, linted: bool = True
) -> Project:
    """As `application`, for a blueprint without environments, or the first of them."""
    return application(path, catalog, form=form, cached=cached, linted=linted).projects[0]


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
    stack = resolve(blueprint, catalog)
    env = jinja(catalog, cached=cached)
    assembled = assemble(_description(blueprint, catalog), render(stack, blueprint, catalog, env))
    template = finalize(assembled, blueprint, stack.guardrails)
    found = [*stack.notes, *limit_faults(template, blueprint)]
    if has_errors(found):
        raise BlueprintError(f for f in found if f.severity == "error")
    if linted:
        found += lint_faults(template, blueprint, cached=cached)
    if has_errors(found):
        raise BlueprintError(found)
    cost = floor(template)
    files = (
        template_file(template, form, environment),
        client_document(stack, blueprint, catalog),
        *code_files(stack, blueprint, env),
    )
    return Project(blueprint, stack, template, files, assembled, cost, tuple(budgets(template)), tuple(found))


def template_file(template: Template, form: str, environment: str = "") -> File:
    """The template as a file of the project, in YAML or JSON."""
    folder = environment_folder(environment)
    if form == "json":
        return File(f"{folder}template.json", json.dumps(template.data, indent=2) + "\n")
    return File(f"{folder}template.yaml", template.text)


def openapi_document(project: Project, *, extensions: bool = False) -> str:
    """The API of `project` as its clients read it, or with the `extensions` that API Gateway reads.

    Raises UsageError where a body is no form of such an API.
    """
    if not extensions:
        return next(file.text for file in project.files if file.path == OPENAPI)
    for definition in definitions(project.template):
        own = definition.api.data["Properties"].get("Body")
        return write(own or definition.body(project.blueprint).document, compact=True)
    raise UsageError("this API has no document with extensions", "leave --extensions out")


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
    """The template's Description: the blueprint's own, else that of its pattern."""
    pattern: Mapping[str, str] = catalog.get("pattern", blueprint.data["pattern"]).data
    return str(blueprint.data["description"] or f"{blueprint.name}: {pattern['description']}")
