"""JSON Schema errors, turned into diagnostics that a person can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from tierforge.blueprint.keywords import OWN_KEYWORDS
from tierforge.blueprint.reader import MOST_FAULTS
from tierforge.blueprint.source import Source
from tierforge.diagnostics import Diagnostic

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

KINDS = {
    "object": "a map of keys",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
BOUNDS = {
    "minLength": ("at least", "character", "characters"),
    "maxLength": ("at most", "character", "characters"),
    "minItems": ("at least", "entry", "entries"),
    "maxItems": ("at most", "entry", "entries"),
    "minProperties": ("at least", "key", "keys"),
    "maxProperties": ("at most", "key", "keys"),
}


def faults(schema: Mapping[str, Any], data: Any, source: Source) -> list[Diagnostic]:
    """Every place in `data` that `schema` refuses (the first MOST_FAULTS), at its position in `source`."""
    from jsonschema import Draft202012Validator, validators

    extended: Any = validators.extend(Draft202012Validator, OWN_KEYWORDS)  # type: ignore[no-untyped-call]
    validator = extended(schema)
    found = (fault for error in validator.iter_errors(data) for fault in _translate(error, source))
    return list(islice(found, MOST_FAULTS))


def _translate(error: ValidationError, source: Source) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    kind, instance, schema = str(error.validator), error.instance, _schema_of(error)
    if kind == "additionalProperties":
        yield from _unknown_keys(path, instance, schema, source)
    elif kind == "required":
        yield from _missing(path, error, source)
    elif "propertyNames" in error.relative_schema_path:
        says = schema.get("x-says") or f"at most {schema.get('maxLength')} characters"
        place = source.span([*path, str(instance)], of="key")
        yield Diagnostic(f"the name {_quote(instance)} can't be used here", place, f"allowed: {says}")
    elif "x-instead" in schema:
        message = str(schema["description"]).rstrip(".")
        yield Diagnostic(message, source.span(path, of="key"), schema["x-instead"])
    else:
        if kind == "uniqueItems":
            path = [*path, _second(instance)]
        span = source.span(path)
        message, hint = _wrong_value(kind, error, _name_of(path), span.source[span.column - 1 :][: span.length])
        yield Diagnostic(message, span, hint or str(schema.get("description", "")))


def _unknown_keys(path: list[Any], instance: Any, schema: Any, source: Source) -> Iterator[Diagnostic]:
    known = list(schema.get("properties", {}))
    patterns = schema.get("patternProperties", {})
    for key in instance:
        if gone := schema.get("x-gone", {}).get(key):
            yield Diagnostic(gone["message"], source.span([*path, key], of="key"), gone["hint"])
        elif key not in known and not any(re.search(pattern, str(key)) for pattern in patterns):
            hint = _did_you_mean(key, known) or f"known here: {', '.join(sorted(known))}"
            yield Diagnostic(f"unknown key {_quote(key)}", source.span([*path, key], of="key"), hint)


def _missing(path: list[Any], error: ValidationError, source: Source) -> Iterator[Diagnostic]:
    instance: Any = error.instance
    wanted: Any = error.validator_value
    for key in wanted:  # all at once, though jsonschema tells each: repetitions are dropped
        if key not in instance:
            place = f" in {_quote(_name_of(path))}" if path else ""
            option = _schema_of(error).get("properties", {}).get(key, {})
            choices = option.get("enum")
            hint = f"one of: {', '.join(map(str, choices))}" if choices else option.get("description", "")
            yield Diagnostic(f"the key {_quote(key)} is missing{place}", source.span(path, of="key"), hint)


def _second(items: Any) -> int:
    """The index of the first item that stands in the list before."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        written = json.dumps(item, sort_keys=True)
        if written in seen:
            return index
        seen.add(written)
    return 0


def _wrong_value(kind: str, error: ValidationError, name: str, written: str) -> tuple[str, str]:
    """The message and the hint for a value that a keyword other than the structural ones refuses.

    `written` is how it stands in the file: `no` for false, say.
    """
    value: Any = error.instance
    wanted: Any = error.validator_value
    schema = _schema_of(error)
    shown, says = _quote(value), schema.get("x-says", "")
    if kind == "type":
        wanted_kinds = [wanted] if isinstance(wanted, str) else wanted
        message = f"{name}: expected {' or '.join(KINDS[k] for k in wanted_kinds)}, got {_kind(value)}"
        return message, _quotes_missing(written) if "string" in wanted_kinds and _is_bare(value) else ""
    if kind in ("enum", "const"):
        choices = wanted if kind == "enum" else [wanted]
        if _is_bare(value) and all(isinstance(choice, str) for choice in choices):
            meant = written in choices  # else quotes would not make it one
            hint = _quotes_missing(written) if meant else f"one of: {', '.join(choices)}"
            return f"{name}: expected text, got {_kind(value)}", hint
        if refused := schema.get("x-refused", {}).get(str(value)):
            return refused["message"], refused["hint"]
        # a number is like another one by chance: of versions and sizes all are told
        is_word = isinstance(value, str) and any(map(str.isalpha, value))
        hint = _did_you_mean(value, map(str, choices)) if is_word else ""
        return f"{name}: {shown} is not known here", hint or f"one of: {', '.join(map(str, choices))}"
    if kind == "pattern":
        return f"{name}: {shown} can't be used", f"allowed: {says}" if says else f"pattern: {wanted}"
    if kind in ("minimum", "maximum"):
        bounds = [
            f"{words} {schema[k]}" for k, words in (("minimum", "at least"), ("maximum", "at most")) if k in schema
        ]
        return f"{name}: {value} is out of range", " and ".join(bounds)
    if kind in BOUNDS:
        bound, unit, units = BOUNDS[kind]
        return f"{name}: {bound} {wanted} {unit if wanted == 1 else units}, got {len(value)}", says
    if kind == "uniqueItems":
        return f"{name}: {_quote(written)} stands here twice", "leave one of them out"
    return f"{name}: {shown} can't be used", f"allowed: {says}" if says else ""


def _schema_of(error: ValidationError) -> Mapping[str, Any]:
    """The part of the schema that an error is about."""
    return error.schema if isinstance(error.schema, Mapping) else {}


def _name_of(path: Iterable[Any]) -> str:
    """The last key of `path`, with the number of the entry where that is in a list."""
    steps = list(path)
    if not steps:
        return "the blueprint"
    if isinstance(steps[-1], int):
        return f"{_name_of(steps[:-1])}[{steps[-1]}]"
    return str(steps[-1])


def _is_bare(value: Any) -> bool:
    """Whether YAML read something else than text where it may have been meant as text."""
    return isinstance(value, bool | int | float)


def _quotes_missing(written: str) -> str:
    return f'YAML reads bare no, off, 1.0 and the like as something else than text: write "{written}"'


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {_quote(close[0])}?" if close else ""


def _quote(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nothing"
    names = {str: f"the text {_quote(value)}", int: f"the number {value}", float: f"the number {value}"}
    return names.get(type(value)) or ("a list" if isinstance(value, list) else "a map")
