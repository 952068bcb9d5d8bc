"""A stack before it is built, held against what makes no sense and what is worth a second thought."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, holds
from tierforge.diagnostics import Diagnostic, Severity, Span
from tierforge.model import Component, Part, Resource, Route, Where
from tierforge.stack.caches import cache_of
from tierforge.stack.places import places_of
from tierforge.stack.reach import granted
from tierforge.stack.resources import listing, stores_touched


def alike_names(blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Names of one section that differ only by hyphens: people, and variables of functions, mix them up."""
    for section in ("resources", "workers", "data_stores", "stages"):
        first: dict[str, str] = {}
        for name in blueprint.data[section]:
            other = first.setdefault(name.replace("-", ""), name)
            if other != name:
                here, there = (blueprint.source.span([section, each], of="key") for each in (name, other))
                message = f"{other!r} and {name!r} differ only by hyphens"
                yield Diagnostic(message, here, "rename one of them", related=(there,))


def refusals(parts: Sequence[Part], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Combinations of options that a component refuses, as its `refuse` list says, or warns of (`warn`).

    Beside the part's own options, `when` knows `api` and the whole `blueprint`; `at` names the option to
    point at, a dotted path below the part's own place or, with a leading dot, below the blueprint. Without
    `when` the option is refused wherever it is said; a `*` in `at` then stands for every key or entry.
    `said` lists options that are refused where the blueprint itself says them. `each` names a map whose
    entries are held against the rule one by one, with their keys and as `named` their name.
    """
    more = {"api": blueprint.data["api"], "blueprint": blueprint.data}
    everyone = (*parts, *(use.part for host in parts for use in host.uses))
    said = {(part.component, part.where): part for part in everyone if part.where}  # by many parts, told once
    for part in said.values():
        for rule, severity in _rules(part.component):
            for where, options in _held(rule, part, blueprint):
                if holds(rule.get("when", {}), {**more, **options}):
                    for place, words in _refused(rule, where, options, blueprint):
                        message, hint = rule["message"].format(**words), rule["hint"].format(**words)
                        yield Diagnostic(message, place, hint, severity=severity)


def _rules(component: Component) -> Iterator[tuple[Mapping[str, Any], Severity]]:
    """What a component refuses, and what it warns of."""
    yield from ((rule, "error") for rule in component.data.get("refuse", ()))
    yield from ((rule, "warning") for rule in component.data.get("warn", ()))


def _held(rule: Mapping[str, Any], part: Part, blueprint: Blueprint) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    """What a rule is held against, and where that stands: a part's options, or each entry of one of them.

    With a leading dot, it is each entry of a section of the blueprint.
    """
    if "each" not in rule:
        yield part.where, part.options
        return
    *root, holder = rule["each"].split(".")
    where, said = ((), blueprint.data) if root else (part.where, part.options)
    for name, entry in (said.get(holder) or {}).items():
        yield (*where, holder, name), {"named": name, **(entry if isinstance(entry, Mapping) else {})}


def _refused(
    rule: Mapping[str, Any], where: Where, options: Mapping[str, Any], blueprint: Blueprint
) -> Iterator[tuple[Span, dict[str, str]]]:
    """The places that a rule is told at, with the words that its message may use."""
    words = {key: str(value) for key, value in options.items()}
    for option in rule.get("said", ()):
        for said, _ in places_of([*where, *option.split(".")], blueprint.source.data):
            yield blueprint.source.span(said, of="key"), {**words, "said": option}
    if "said" in rule:
        return
    steps = rule["at"].split(".") if "at" in rule else []
    place = steps[1:] if steps[:1] == [""] else [*where, *steps]
    if "when" in rule:
        yield blueprint.source.span(place, of="value" if steps else "key"), words
    else:
        for said, _ in places_of(place, blueprint.source.data):
            yield blueprint.source.span(said, of="key"), words


def misfits(api: Part, routes: Sequence[Route], blueprint: Blueprint, catalog: Catalog) -> Iterator[Diagnostic]:
    """Authorizers and integrations that have no say in the routes of this API: it has no such thing."""
    slots = api.component.data["slots"]
    for part in (part for route in routes for part in (route.auth, route.integration)):
        component = part.component
        if not _fills(component, slots):
            others = [other.name for other in catalog.of(component.kind).values() if _fills(other, slots)]
            message = f"{api.component.data['title']} has no {component.kind} {component.name!r}"
            hint = component.data.get("instead", f"it has: {', '.join(others)}")
            yield Diagnostic(message, blueprint.source.span(part.where, of="key"), hint)


def _fills(component: Component, slots: Collection[str]) -> bool:
    return any(f"{slot}.yaml.j2" in component.files for slot in slots)


def notes(
    resources: Sequence[Resource], routes: Sequence[Route], stores: Mapping[str, Part], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """What is allowed and worth a second thought."""
    for resource in resources:
        data = blueprint.data["resources"][resource.name]
        own = [route for route in routes if route.resource is resource]
        anybody = [r for r in own if r.auth.component.data.get("identity") and not r.auth.facts.get("chosen")]
        writes = [route for route in anybody if route.access == "write"]
        if not data["owner"] and any(not (route.groups or route.members or route.scopes) for route in writes):
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
    used |= {store for said in blueprint.data["workers"].values() for store in [said.get("data_store")]}
    used |= {found[0] for found in map(cache_of, blueprint.data["resources"].values()) if found}
    used |= {store for route in routes for store in granted(route.auth)}
    used |= {said["trigger"].get("data_store") for said in blueprint.data["workers"].values()}
    for name, store in stores.items():
        if name not in used:
            message, hint = (
                f"nothing uses the data store {name!r}",
                f"give it to a resource or a worker (data_store: {name}), or leave it out",
            )
            yield Diagnostic(message, store.span, hint, severity="warning")
    alarms = blueprint.data["observability"]["alarms"]
    if alarms is not False and not alarms.get("email") and not alarms.get("topic_arn"):
        place = blueprint.source.span(["observability"], of="key")
        hint = "say observability: {alarms: {email: you@example.com}}"
        yield Diagnostic("the alarms tell nobody yet", place, hint, severity="info")


def _further(resource: Resource, blueprint: Blueprint) -> list[str]:
    return stores_touched(blueprint.data["resources"][resource.name])
