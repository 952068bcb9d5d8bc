"""A template, completed: built code, extra resources, overrides, OpenAPI bodies, digests, marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.environments import merged
from tierforge.diagnostics import BlueprintError, Diagnostic
from tierforge.model import Component, Part
from tierforge.template.assemble import Template, assemble
from tierforge.template.carried import carrying
from tierforge.template.digests import with_digests
from tierforge.template.fragments import Entry, resource, rewritten, value_of
from tierforge.template.marks import marked
from tierforge.template.openapi import with_bodies
from tierforge.template.render import TOKEN, pending_code

BLUEPRINT = Component("blueprint", "own", "", {}, ())  # the owner of what the blueprint says itself


def finalize(
    template: Template, blueprint: Blueprint, guardrails: Part, code: Mapping[str, str] | None = None
) -> Template:
    """`template` as it is deployed; `code` says by function what stands for its code once that is built.

    The `guardrails` are those of the stack, for what the blueprint adds as well.

    Raises BlueprintError where an override matches nothing, an extra resource takes a name, or something
    can't stand in an OpenAPI body.
    """
    entries = [_with_code(entry, code or {}) for entry in template.entries]
    guarded = (carrying(entry, guardrails) for entry in (*entries, *_extra(blueprint)))
    template = assemble(template.description, list(guarded))
    template = with_digests(with_bodies(_overridden(template, blueprint), blueprint))
    return replace(template, entries=tuple(marked(entry, blueprint, guardrails) for entry in template.entries))


def _with_code(entry: Entry, code: Mapping[str, str]) -> Entry:
    """`entry` with its function's code in place of what never exists."""
    name = entry.part.name
    if name not in code or "pending" not in entry.part.component.data:
        return entry
    text = entry.text.replace(pending_code(entry.part), code[name])
    return replace(entry, text=text, data=value_of(text, entry.origin))


def _extra(blueprint: Blueprint) -> Iterator[Entry]:
    for name, data in blueprint.data["extra_resources"].items():
        span = blueprint.source.span(["extra_resources", name], of="key")
        part = Part(BLUEPRINT, name, span)
        yield resource(name, data, part)


def _overridden(template: Template, blueprint: Blueprint) -> Template:
    """`template` with the blueprint's overrides laid over single resources."""
    entries = {(entry.section, entry.key): entry for entry in template.entries}
    faults = []
    for name, patch in blueprint.data["overrides"].items():
        span = blueprint.source.span(["overrides", name], of="key")
        key = ("Resources", name.removeprefix("$") + TOKEN if name.startswith("$") else name)
        if key not in entries:
            faults.append(_no_match(name, span, template))
            continue
        try:
            data = _patched(entries[key].data, patch)
        except ValueError as fault:
            hint = "paths begin with /Properties; what is there stands under Resources in the template"
            faults.append(Diagnostic(f"the override of {name} can't be applied: {fault}", span, hint))
            continue
        if not _is_resource(data):
            hint = "take single properties away; a resource of tierforge's stays one"
            faults.append(Diagnostic(f"the override of {name} leaves no Type or no Properties", span, hint))
            continue
        if data == entries[key].data:
            faults.append(Diagnostic(f"the override of {name} changes nothing", span, "leave it out"))
            continue
        entries[key] = rewritten(entries[key], data, replace(entries[key].part, span=span))
    if faults:
        raise BlueprintError(faults)
    return replace(template, entries=tuple(entries.values()))


def _is_resource(data: Any) -> bool:
    return (
        isinstance(data, Mapping) and isinstance(data.get("Type"), str) and isinstance(data.get("Properties"), Mapping)
    )


def _no_match(name: str, span: Any, template: Template) -> Diagnostic:
    from difflib import get_close_matches

    known = [f"${e.key.removesuffix(TOKEN)}" if e.key.endswith(TOKEN) else e.key for e in template.resources()]
    close = get_close_matches(name, known, n=1)
    hint = (
        f"did you mean {close[0]}?"
        if close
        else f"the template has {len(known)} resources; see its keys under Resources"
    )
    return Diagnostic(f"there is no resource {name} to override", span, hint)


def _patched(data: Mapping[str, Any], patch: Any) -> Any:
    """`data` after a merge patch (RFC 7396: a map) or a JSON patch (RFC 6902: a list).

    Raises ValueError where a JSON patch is no such thing or doesn't fit.
    """
    if isinstance(patch, Mapping):
        return _merge_patch(data, patch)
    from jsonpatch import JsonPatch, JsonPatchException
    from jsonpointer import JsonPointerException

    try:
        return JsonPatch(patch).apply(dict(data))
    except (JsonPatchException, JsonPointerException, TypeError, KeyError) as fault:
        raise ValueError(str(fault).partition(" in {")[0]) from None  # without the whole resource


def _merge_patch(data: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    return merged(data if isinstance(data, Mapping) else {}, patch)
