"""Files that a blueprint names, turned into their text: what is wrong with one is told at the line that names it."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

from tierforge.blueprint.schema import Schema
from tierforge.blueprint.source import Key, Source, parse
from tierforge.blueprint.validation import faults as faults_of
from tierforge.diagnostics import BlueprintError, Diagnostic

BESIDE = "put it beside the blueprint, or below its folder"
DYNAMIC = "{{resolve:"  # CloudFormation would put a secret or a parameter there


class Unfit(Exception):
    """A file that can't be used: why, and the way out."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


def files_of(schema: Schema, data: Any, source: Source) -> dict[str, str]:
    """The text of every file that `data` names, by its path as the blueprint writes it.

    An option that names one is marked `x-file` in the schema: `most_bytes` of it; of what is `xml` the name of its
    root and of an element that has to be `within` (namespace and name); the `keyword` that holds for what is YAML or
    JSON; `is`, what people call it, and `begin`, how they come by one. Raises BlueprintError for those that can't be
    read or are something else.
    """
    texts: dict[str, str] = {}
    faults: list[Diagnostic] = []
    for where, path, wanted in _named(schema, data, ()):
        try:
            place = Path(source.text.path).parent / path
            texts[path] = _checked(_read(place, wanted["most_bytes"]), wanted)
            if "keyword" in wanted:
                faults += _data_faults(str(place), texts[path], wanted)
        except Unfit as unfit:
            faults.append(Diagnostic(f"{path}: {unfit.reason}", source.span(where), unfit.hint))
    if faults:
        raise BlueprintError(faults)
    return texts


def include(schema: Schema, data: Any, source: Source, texts: Mapping[str, str]) -> None:
    """Put what a file of YAML or JSON holds into `data`, in place of the map that names the file."""
    for where, path, wanted in _named(schema, source.data, ()):
        if "keyword" in wanted:
            *way, name, _ = where
            parent = data
            for step in way:
                parent = parent[step]
            parent[name] = parse(path, texts[path]).data


def _data_faults(path: str, text: str, wanted: Mapping[str, Any]) -> list[Diagnostic]:
    """What is wrong with the data in a file, at its own lines."""
    try:
        own = parse(path, text, what=wanted["is"], begin=wanted["begin"])
    except BlueprintError as unreadable:
        return list(unreadable.diagnostics)
    return faults_of(wanted["keyword"], own.data, own)


def _named(
    schema: Schema, data: Any, where: tuple[Key, ...]
) -> Iterator[tuple[tuple[Key, ...], str, Mapping[str, Any]]]:
    """Place, path and mark of every file that valid `data` names."""
    if "x-file" in schema and isinstance(data, str):
        yield where, data, schema["x-file"]
    if not isinstance(data, Mapping):
        return
    for name, value in data.items():
        for below in _below(schema, data, str(name)):
            yield from _named(below, value, (*where, name))


def _below(schema: Schema, data: Mapping[str, Any], name: str) -> Iterator[Schema]:
    """What `schema` says of the key `name` of `data`, in the branch that applies to it."""
    if name in schema.get("properties", {}):
        yield schema["properties"][name]
    yield from (own for pattern, own in schema.get("patternProperties", {}).items() if re.search(pattern, name))
    every = schema.get("additionalProperties")
    if isinstance(every, Mapping) and name not in schema.get("properties", {}):
        yield dict(every)
    for branch in schema.get("allOf", ()):
        ((by, wanted),) = branch["if"]["properties"].items()
        if data.get(by) == wanted["const"] and name != by:
            yield from _below(branch["then"], data, name)


def _read(path: Path, most_bytes: int) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe or a device may never end
            raise Unfit("it is no file", BESIDE)
        with path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except (OSError, ValueError) as fault:
        raise Unfit(f"it can't be read: {getattr(fault, 'strerror', None) or fault}", BESIDE) from None
    if len(raw) > most_bytes:
        raise Unfit(f"it is larger than {most_bytes:,} bytes", "leave out what nobody needs")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Unfit("it is not UTF-8", "save it as UTF-8") from None


def _checked(text: str, wanted: Mapping[str, Any]) -> str:
    """`text`, if it is what `wanted` says."""
    if DYNAMIC in text:
        raise Unfit(f"it holds {DYNAMIC!r}, which CloudFormation would replace", "leave it out")
    if "xml" in wanted:
        seen = _elements(text, wanted)
        for name in (name for name in (wanted["xml"], wanted["within"]) if name not in seen):
            raise Unfit(f"it has no {name.rpartition(' ')[2]}", wanted["begin"])
        if seen[0] != wanted["xml"]:
            root = wanted["xml"].rpartition(" ")[2]
            raise Unfit(f"its root is {seen[0].rpartition(' ')[2]}, not {root}", f"keep one {root} of it")
    return text


def _elements(text: str, wanted: Mapping[str, Any]) -> list[str]:
    """The names of all elements of an XML document, in order; one with a document type is refused."""
    seen: list[str] = []

    def refuse(*_: object) -> None:
        raise Unfit(f"it has a document type, which {wanted['is']} needs none of", "remove the lines with <!DOCTYPE")

    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, _attributes: seen.append(name)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as fault:
        raise Unfit(f"it is no XML: {fault}", wanted["begin"]) from None
    return seen
