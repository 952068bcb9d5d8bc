"""A blueprint's path, turned into everything that its project consists of.

load -> validate -> resolve -> render -> assemble -> finalize -> lint. Only load reads the blueprint; nothing
here writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tierforge.blueprint.blueprint import Blueprint, check_environments, defaults_used, validate
from tierforge.blueprint.environments import environments
from tierforge.blueprint.schema import compose
from tierforge.blueprint.source import ENVIRONMENTS, Source, load
from tierforge.components import Catalog, bundled_catalog
from tierforge.diagnostics import Diagnostic, UsageError, gathered, in_source_order
from tierforge.model import File
from tierforge.project.documents import documents
from tierforge.project.openapi import PATH as OPENAPI
from tierforge.project.targets import Described
from tierforge.projects import Project, project_from
from tierforge.template.nodes import write
from tierforge.template.openapi import definitions
from tierforge.template.render import environment as jinja


@dataclass(frozen=True)
class Application:
    """What is deployed as one: a project for each environment, and the documents of them all.

    `folder` is where it stands below the blueprint's folder: "" for the only application of a blueprint.
    """

    projects: tuple[Project, ...]
    documents: tuple[File, ...]
    folder: str = ""

    @property
    def name(self) -> str:
        """What people call it: the application's name, or the service's."""
        return self.projects[0].blueprint.service or self.projects[0].blueprint.name

    def of(self, environment: str) -> Project:
        """The project of an environment, or the only one. Raises UsageError where it is not said which of several."""
        found = [project for project in self.projects if environment in ("", project.blueprint.environment)]
        if len(found) > 1:
            names = ", ".join(project.blueprint.environment for project in found)
            raise UsageError("the blueprint has several environments", f"say one of them: --env {names}")
        return found[0]

    @property
    def stacks(self) -> tuple[Project, ...]:
        """All stacks, those of an environment in the order in which they are deployed."""
        return tuple(stack for project in self.projects for stack in (*project.companions, project))

    @property
    def files(self) -> tuple[File, ...]:
        """The templates of all, their documents, and the code that they share: the first environment's."""
        found = {file.path: file for stack in reversed(self.stacks) for file in stack.files}
        return (*self.documents, *(found[path] for path in sorted(found)))

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """What was worth saying, each once."""
        told = (note for stack in self.stacks for note in stack.notes)
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
    catalog = catalog or bundled_catalog(cached=cached)
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
    sources = sources_of(source, catalog, only=only, cached=cached)
    blueprints = gathered(lambda name: validate(sources[name], catalog, name, cached=cached), sources)
    return application_from(blueprints, catalog, form=form, cached=cached, linted=linted, only=only)


def sources_of(source: Source, catalog: Catalog, *, only: str = "", cached: bool = True) -> dict[str, Source]:
    """The source of each environment, "" where there is but one. Raises UsageError where `only` is none of them."""
    check_environments(source, catalog, cached=cached)
    sources = environments(source, compose(catalog))
    if only and only not in sources:
        known = ", ".join(name for name in sources if name) or "the blueprint has no `environments`"
        raise UsageError(f"there is no environment {only!r}", known)
    return sources


def application_from(
    blueprints: Sequence[Blueprint],
    catalog: Catalog,
    *,
    folder: str = "",
    form: str = "yaml",
    cached: bool = True,
    linted: bool = True,
    only: str = "",
) -> Application:
    """As `application_of`, for the valid blueprints of its environments."""

    def project(blueprint: Blueprint) -> Project:
        wanted = linted and only in ("", blueprint.environment)
        return project_from(blueprint, catalog, form=form, cached=cached, linted=wanted)

    made = gathered(project, blueprints)
    described = [_described(each) for each in made]
    return Application(tuple(made), tuple(documents(described, catalog, jinja(catalog, cached=cached))), folder)


def _described(project: Project) -> Described:
    beside = tuple(_described(companion) for companion in project.companions)
    path = project.files[0].path
    return Described(project.stack, project.template, project.floor, project.blueprint, path, beside, project.unneeded)


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


def openapi_document(project: Project, *, extensions: bool = False) -> str:
    """The API of `project` as its clients read it, or with the `extensions` that API Gateway reads.

    Raises UsageError where there is no API, or a body is no form of such a one.
    """
    if not project.stack.routes:
        raise UsageError("what the services share has no API", "say one of the services: --service NAME")
    if not extensions:
        return next(file.text for file in project.files if file.path == OPENAPI)
    for definition in definitions(project.template):
        own = definition.api.data["Properties"].get("Body")
        return write(own or definition.body(project.blueprint).document, compact=True)
    raise UsageError("this API has no document with extensions", "leave --extensions out")
