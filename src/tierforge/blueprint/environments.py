"""A blueprint with `environments`, turned into one source for each: what an environment says lies over the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from tierforge.blueprint.source import ENVIRONMENTS, Source
from tierforge.diagnostics import BlueprintError, Diagnostic

ANYTHING: Mapping[str, Any] = {}  # a schema that says nothing
OWN_KEYS = ("extends", "account_id")  # of an environment; everything else is a section


def merged(below: Mapping[str, Any], above: Mapping[str, Any], schema: Mapping[str, Any] = ANYTHING) -> dict[str, Any]:
    """`above` laid over `below`: maps merge, anything else replaces, null removes.

    Where `schema` has a short form for a map (`auth: iam`), it merges as the map that it stands for.
    """
    result = dict(below)
    for key, value in above.items():
        lower, part = result.get(key), schema.get("properties", {}).get(key) or schema.get("additionalProperties") or {}
        by = part.get("x-by") or part.get("x-short-for")
        if isinstance(lower, str) and by:
            lower = {by: lower}
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(lower, Mapping):
            result[key] = merged(lower, value, part)
        else:
            result[key] = value
    return result


def environments(source: Source, schema: Mapping[str, Any]) -> dict[str, Source]:
    """The sources to render by the name of their environment; the blueprint itself under "" where it has none.

    `schema` is the blueprint's. Raises BlueprintError where one extends what there is not, or itself.
    """
    said = source.data.get(ENVIRONMENTS)
    if not isinstance(said, Mapping) or not said:
        return {"": source}
    faults = [fault for name in said if (fault := _chain_fault(name, said, source))]
    if faults:
        raise BlueprintError(faults)
    return {name: _overlaid(source, name, said, schema) for name in said}


def _overlaid(source: Source, name: str, said: Mapping[str, Any], schema: Mapping[str, Any]) -> Source:
    chain = _chain(name, said)
    data: dict[str, Any] = {key: value for key, value in source.data.items() if key != ENVIRONMENTS}
    for each in reversed(chain):
        own = said[each] if isinstance(said[each], Mapping) else {}
        data = merged(data, {key: value for key, value in own.items() if key not in OWN_KEYS}, schema)
    accounts = [own["account_id"] for each in chain if isinstance(own := said[each], Mapping) and "account_id" in own]
    layers = (*((ENVIRONMENTS, each) for each in chain), ())
    return replace(source, data=data, layers=layers, account_id=str(accounts[0] or "") if accounts else "")


def _chain(name: str, said: Mapping[str, Any]) -> list[str]:
    """`name` and what it extends, directly and further; ends where one comes again or is not there."""
    chain: list[str] = []
    while name in said and name not in chain:
        chain.append(name)
        name = said[name].get("extends", "") if isinstance(said[name], Mapping) else ""
    return chain


def _chain_fault(name: str, said: Mapping[str, Any], source: Source) -> Diagnostic | None:
    own = said[name].get("extends") if isinstance(said[name], Mapping) else None
    if not isinstance(own, str):
        return None
    place = source.span([ENVIRONMENTS, name, "extends"])
    if own not in said:
        close = get_close_matches(own, said, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(said)}"
        return Diagnostic(f"there is no environment {own!r} to extend", place, hint)
    last = _chain(name, said)[-1]
    if said[last].get("extends") is not None if isinstance(said[last], Mapping) else False:
        return Diagnostic(f"the environment {name!r} extends itself", place, "take one `extends` out of the circle")
    return None
