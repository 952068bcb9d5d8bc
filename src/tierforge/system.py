"""A blueprint's path, turned into all of its applications: the only one, or what services share and each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint, check_services, validate
from tierforge.blueprint.schema import compose
from tierforge.blueprint.services import PLATFORM, services
from tierforge.blueprint.source import SERVICES, Source, load
from tierforge.components import Catalog, bundled_catalog
from tierforge.diagnostics import BlueprintError, Diagnostic, UsageError, gathered, in_source_order
from tierforge.model import File
from tierforge.neighbours import neighbour_faults
from tierforge.pipeline import Application, application_from, application_of, sources_of
from tierforge.project.joint import joint_documents
from tierforge.projects import Project
from tierforge.template.render import environment as jinja


@dataclass(frozen=True)
class System:
    """Everything that a blueprint comes to: applications in the order of deployment, and the documents beside them.

    `services` are the names of all services, also of those that were not rendered; `documents` are of the root.
    """

    applications: tuple[Application, ...]
    documents: tuple[File, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Application, ...]:
        """What is written, each with a record of its own; the root's documents are no application, and last."""
        return (*self.applications, *([Application((), self.documents)] if self.documents else []))

    def of(self, service: str) -> Application:
        """The application of a service, or the only one. Raises UsageError where it is not said which of several."""
        found = [each for each in self.applications if service in ("", each.projects[0].blueprint.service)]
        if len(found) != 1:
            names = ", ".join(each.name for each in self.applications)
            raise UsageError("the blueprint has several services", f"say one of them: --service {names}")
        return found[0]

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """What was worth saying, each once: what services inherit is at fault in each of them."""
        told = {(note.message, note.span): note for each in self.applications for note in each.notes}
        return in_source_order(told.values())


def system(
    path: str,
    catalog: Catalog | None = None,
    *,
    form: str = "yaml",
    cached: bool = True,
    linted: bool = True,
    only: str = "",
    service: str = "",
) -> System:
    """Render the blueprint at `path`: every service and environment of it, or just the `service` that is named.

    `only` names the one environment to be linted, `form` is yaml or json. Raises as `application` does.
    """
    catalog = catalog or bundled_catalog(cached=cached)
    return system_of(load(path), catalog, form=form, cached=cached, linted=linted, only=only, service=service)


def system_of(source: Source, catalog: Catalog, *, only: str = "", service: str = "", **how: Any) -> System:
    """As `system`, for a blueprint that was read."""
    cached = how.get("cached", True)
    sources = sources_of(source, catalog, only=only, cached=cached)
    gathered(lambda name: check_services(sources[name], catalog, cached=cached), sources)
    if not any(each.data.get(SERVICES) for each in sources.values()):
        if service:
            raise UsageError(f"there is no service {service!r}", "the blueprint has no `services`")
        return System((application_of(source, catalog, only=only, **how),))
    derived = gathered(lambda name: services(sources[name], name, compose(catalog)), sources)
    by_environment = [
        _blueprints(each, name, catalog, cached=cached) for name, each in zip(sources, derived, strict=True)
    ]
    order = list(dict.fromkeys(name for each in by_environment for name in each))
    if service and service not in order:
        raise UsageError(f"there is no service {service!r}", f"known: {', '.join(order)}")
    _check_names(by_environment)

    def rendered(name: str) -> Application:
        own = [each[name] for each in by_environment if name in each]
        return application_from(own, catalog, folder=folder_of(name), only=only, **how)

    made = gathered(rendered, [service] if service else order)
    _check_neighbours(made)
    rows = [(each.folder, [project.blueprint for project in each.projects]) for each in made]
    documents = () if service else tuple(joint_documents(rows, jinja(catalog, cached=cached)))
    return System(tuple(made), documents, tuple(name for name in order if name != PLATFORM))


def folder_of(service: str) -> str:
    """The folder of a service's project, or of what they share, below the blueprint's."""
    return service if service == PLATFORM else f"{SERVICES}/{service}"


def _blueprints(
    sources: Mapping[str, Source], environment: str, catalog: Catalog, *, cached: bool
) -> dict[str, Blueprint]:
    """The valid blueprints of an environment, which know each other."""
    found = gathered(lambda name: validate(sources[name], catalog, environment, cached=cached), sources)
    others = {each.service: each for each in found}
    return {name: replace(each, others=others) for name, each in others.items()}


def _check_names(by_environment: Sequence[Mapping[str, Blueprint]]) -> None:
    """Raise BlueprintError where two stacks would have one name: `a-b` in c, and `a` in b-c."""
    first: dict[str, Blueprint] = {}
    faults: list[Diagnostic] = []
    for blueprint in (each for known in by_environment for each in known.values()):
        other = first.setdefault(blueprint.stack_name, blueprint)
        if other is not blueprint:
            here, there = (each.source.span([SERVICES, each.service], of="key") for each in (blueprint, other))
            message = f"two stacks would be called {blueprint.stack_name}"
            faults.append(Diagnostic(message, here, "rename the service or the environment", related=(there,)))
    if faults:
        raise BlueprintError(faults)


def _check_neighbours(made: Sequence[Application]) -> None:
    """Raise BlueprintError where stacks of an environment stand in each other's way."""
    by_environment: dict[str, list[Project]] = {}
    for project in (each for application in made for each in application.projects):
        by_environment.setdefault(project.blueprint.environment, []).append(project)
    if faults := [fault for projects in by_environment.values() for fault in neighbour_faults(projects)]:
        raise BlueprintError(faults)
