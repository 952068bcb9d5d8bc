"""JSON Schema errors, turned into diagnostics that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

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
LEADING_TO = {"minLength": "at least", "maxLength": "at most", "minItems": "at least", "maxItems": "at most"}


def faults(schema: Mapping[str, Any], data: Any, source: Source) -> list[Diagnostic]:
    """Every place in `data` that `schema` refuses, at its position in `source`."""
    from jsonschema import Draft202012Validator, validators

    extended: Any = validators.extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    validator = extended(schema)
    return [fault for error in validator.iter_errors(data) for fault in _translate(error, source)]


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """`pattern` with `$` as JSON Schema means it: the end of the text, not the end before a last newline."""
    from jsonschema.exceptions import ValidationError

    strict = pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(strict, instance):
        yield ValidationError(f"{instance!r} does not match")


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
    else:
        message, hint = _wrong_value(kind, error, _name_of(path))
        yield Diagnostic(message, source.span(path), hint)


def _unknown_keys(path: list[Any], instance: Any, schema: Any, source: Source) -> Iterator[Diagnostic]:
    known = list(schema.get("properties", {}))
    for key in instance:
        if key not in known:
            hint = _did_you_mean(key, known) or f"known here: {', '.join(sorted(known))}"
            yield Diagnostic(f"unknown key {_quote(key)}", source.span([*path, key], of="key"), hint)


def _missing(path: list[Any], error: ValidationError, source: Source) -> Iterator[Diagnostic]:
    instance: Any = error.instance
    wanted: Any = error.validator_value
    for key in wanted:
        if key not in instance:
            place = f" in {_quote(_name_of(path))}" if path else ""
            option = _schema_of(error).get("properties", {}).get(key, {})
            choices = option.get("enum")
            hint = f"one of: {', '.join(map(str, choices))}" if choices else option.get("description", "")
            yield Diagnostic(f"the key {_quote(key)} is missing{place}", source.span(path, of="key"), hint)
            return  # the same error stands once for each missing key


def _wrong_value(kind: str, error: ValidationError, name: str) -> tuple[str, str]:
    """The message and the hint for a value that a keyword other than the structural ones refuses."""
    value: Any = error.instance
    wanted: Any = error.validator_value
    schema = _schema_of(error)
    shown, says = _quote(value), schema.get("x-says", "")
    if kind == "type":
        wanted_kinds = [wanted] if isinstance(wanted, str) else wanted
        message = f"{name}: expected {' or '.join(KINDS[k] for k in wanted_kinds)}, got {_kind(value)}"
        quote = "YAML reads bare no, off, 1.0 and the like as something else than text: put it in quotes"
        return message, quote if "string" in wanted_kinds and isinstance(value, bool | int | float) else ""
    if kind in ("enum", "const"):
        choices = [str(choice) for choice in (wanted if kind == "enum" else [wanted])]
        hint = _did_you_mean(str(value), choices) or f"one of: {', '.join(choices)}"
        return f"{name}: {shown} is not known here", hint
    if kind == "pattern":
        return f"{name}: {shown} can't be used", f"allowed: {says}" if says else f"pattern: {wanted}"
    if kind in ("minimum", "maximum"):
        bounds = [schema[k] for k in ("minimum", "maximum") if k in schema]
        limit = "smallest" if kind == "minimum" else "largest"
        return f"{name}: {shown} is out of range", f"the {limit} value is {bounds[0 if kind == 'minimum' else -1]}"
    if kind in LEADING_TO:
        unit = "characters" if kind.endswith("Length") else "entries"
        return f"{name}: {LEADING_TO[kind]} {wanted} {unit}, got {len(value)}", says
    if kind in ("minProperties", "maxProperties"):
        return f"{name}: {'at least' if kind[1] == 'i' else 'at most'} {wanted} keys, got {len(value)}", ""
    if kind == "uniqueItems":
        return f"{name}: an entry stands here twice", ""
    return f"{name}: {shown} can't be used", schema.get("description", "")


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
