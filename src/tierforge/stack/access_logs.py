"""What a blueprint says of `access_logs`, turned into the line that a stage writes for each request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic
from tierforge.model import AccessLog, Component, Part, Where
from tierforge.names import camel

CONTEXT = "$context."  # what stands before a variable in a format
REQUEST = "requestId"  # API Gateway takes no format without it
MOST_BYTES = 3072  # of a format (API Gateway quotas)
HERE: Where = ("observability", "access_logs")


def access_log_of(api: Part, readers: Sequence[Component], blueprint: Blueprint) -> AccessLog:
    """The access log that the blueprint asks for; what `readers` find out from it stands in every JSON line."""
    said, known = blueprint.data["observability"]["access_logs"], api.component.data["access_log"]
    if said == "clf":
        return AccessLog(known["clf"], (), {})
    usual = {_bare(variable): key for key, variable in known["json"].items()}
    pairs = [(key, variable) for variable, key in usual.items()]
    if isinstance(said, Mapping):
        pairs = [(key, variable) for key, variable, _ in _chosen(said["fields"], usual)]
        needed = (REQUEST, *(variable for reader in readers for variable in reader.data.get("reads", ())))
        present = {variable for _, variable in pairs}
        pairs[:0] = [(usual[variable], variable) for variable in needed if variable not in present]
    line = {key: CONTEXT + variable for key, variable in pairs}
    keys = {variable: key for key, variable in pairs}
    return AccessLog(json.dumps(line, separators=(",", ":")), tuple(pairs), keys)


def _bare(variable: str) -> str:
    return variable.removeprefix(CONTEXT)


def _chosen(fields: Any, usual: Mapping[str, str]) -> Iterator[tuple[str, str, str | int]]:
    """Each field's key in the line, its variable, and the step to it below `fields`.

    A variable of a list has the key that it usually has, or one made of its name.
    """
    if isinstance(fields, Mapping):
        yield from ((key, _bare(variable), key) for key, variable in fields.items())
        return
    for index, variable in enumerate(map(_bare, fields)):
        yield usual.get(variable) or camel(variable.replace(".", "-")), variable, index


def access_log_faults(api: Part, log: AccessLog, blueprint: Blueprint, catalog: Catalog) -> Iterator[Diagnostic]:
    """Fields that this API doesn't have, that break the line or meet in one key; a format that is too long."""
    said, known = blueprint.data["observability"]["access_logs"], api.component.data["access_log"]
    if not isinstance(said, Mapping):
        return
    usual = {_bare(variable): key for key, variable in known["json"].items()}
    taken: dict[str, str] = {}
    for key, variable in log.fields:
        taken.setdefault(key, variable)
    for key, variable, step in _chosen(said["fields"], usual):
        place = blueprint.source.span([*HERE, "fields", step])
        if variable in known["unfit"]:
            yield Diagnostic(f"{CONTEXT}{variable} can't stand in a line of JSON", place, known["unfit"][variable])
        elif not _has(known, variable):
            yield Diagnostic(*_unknown(variable, api, catalog, place))
        elif taken.get(key) != variable:
            message = f"two fields of the line would be called {key!r}"
            yield Diagnostic(message, place, "give each a name of its own: fields: {<name>: <variable>}")
        elif variable in known["secret"]:
            yield Diagnostic(known["secret"][variable], place, "leave it out", severity="warning")
    size = len(log.format.encode())
    if size > MOST_BYTES:
        message = f"the format of the access log has {size:,} bytes; API Gateway takes {MOST_BYTES:,}"
        yield Diagnostic(message, blueprint.source.span([*HERE, "fields"], of="key"), "choose fewer fields")


def _has(known: Mapping[str, Any], variable: str) -> bool:
    """Whether an API has a variable; authorizers add properties of any name to some of them."""
    return variable in known["variables"] or variable.rpartition(".")[0] in known["open"]


def _unknown(variable: str, api: Part, catalog: Catalog, place: Any) -> tuple[str, Any, str]:
    """What to say of a variable that `api` doesn't have: another type of API may have it, or one is written alike."""
    message = f"{api.component.data['title']} has no {CONTEXT}{variable}"
    others = [o for o in catalog.of(api.component.kind).values() if _has(o.data["access_log"], variable)]
    close = get_close_matches(variable, api.component.data["access_log"]["variables"], n=1)
    if others:
        return message, place, f"leave it out: only {others[0].data['title']} has it"
    if close:
        return message, place, f"did you mean {close[0]}?"
    return message, place, f"it has, among others, {', '.join(api.component.data['access_log']['variables'][:8])}"
