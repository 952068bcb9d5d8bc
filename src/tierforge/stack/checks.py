"""A stack before it is built, held against what makes no sense and what is worth a second thought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import holds
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part, Resource, Route
from tierforge.stack.resources import listing, stores_named


def alike_names(blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Names of one section that differ only by hyphens: people, and variables of functions, mix them up."""
    for section in ("resources", "data_stores", "stages"):
        first: dict[str, str] = {}
        for name in blueprint.data[section]:
            other = first.setdefault(name.replace("-", ""), name)
            if other != name:
                here, there = (blueprint.source.span([section, each], of="key") for each in (name, other))
                message = f"{other!r} and {name!r} differ only by hyphens"
                yield Diagnostic(message, here, "rename one of them", related=(there,))


def refusals(parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Combinations of options that a component refuses, as its `refuse` list says.

    Beside the part's own options, `when` knows `api` and the whole `blueprint`; `at` names the option to
    point at, a dotted path below the part's own place or, with a leading dot, below the blueprint.
    """
    more = {"api": blueprint.data["api"], "blueprint": blueprint.data}
    every = (*parts, *(use.part for host in parts for use in host.uses))
    for part in {(part.component, part.where): part for part in every}.values():
        for rule in part.component.data.get("refuse", []):
            if part.where and holds(rule["when"], {**more, **part.options}):
                steps = rule["at"].split(".")
                place = blueprint.source.span(steps[1:] if not steps[0] else [*part.where, *steps])
                values = {key: str(value) for key, value in part.options.items()}
                yield Diagnostic(rule["message"].format(**values), place, rule["hint"].format(**values))


def notes(
    resources: Sequence[Resource], routes: Sequence[Route], stores: Mapping[str, Part], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """What is allowed and worth a second thought."""
    for resource in resources:
        data = blueprint.data["resources"][resource.name]
        own = [route for route in routes if route.resource is resource]
        writes = [r for r in own if r.access == "write" and r.auth.component.data.get("identity")]
        if not data["owner"] and any(not (route.groups or route.scopes) for route in writes):
            message = f"any signed-in user can change any item of {resource.name!r}"
            hint = "say `owner: true` (items belong to the caller) or `allow: {groups: […]}`"
            yield Diagnostic(message, resource.span, hint, severity="warning")
        store = stores.get(resource.store or "")
        if (
            "list" in resource.operations
            and store
            and store.facts.get("container") == "store"
            and listing(resource) == "scan"
        ):
            message = f"`list` of {resource.name!r} reads the whole table, page by page"
            hint = "fine for small tables; else add an index and `list_by`"
            yield Diagnostic(message, resource.span, hint, severity="info")
    used = {store for resource in resources for store in [resource.store, *_further(resource, blueprint)]}
    for name, store in stores.items():
        if name not in used:
            message, hint = (
                f"no resource uses the data store {name!r}",
                f"give it to one (data_store: {name}), or leave it out",
            )
            yield Diagnostic(message, store.span, hint, severity="warning")
    alarms = blueprint.data["observability"]["alarms"]
    if alarms is not False and not alarms.get("email") and not alarms.get("topic_arn"):
        place = blueprint.source.span(["observability"], of="key")
        hint = "say observability: {alarms: {email: you@example.com}}"
        yield Diagnostic("the alarms tell nobody yet", place, hint, severity="info")


def _further(resource: Resource, blueprint: Blueprint) -> list[str]:
    return stores_named(blueprint.data["resources"][resource.name])
