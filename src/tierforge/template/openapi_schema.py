"""A JSON Schema (draft-04), as an OpenAPI 3.0 document writes schemas.

Most keywords are the same in both. A list of types becomes `anyOf`, `null` whatever is of no other type (neither
OpenAPI 3.0 nor a CloudFormation template can write it), and `definitions` stand beside the schema.
Sources: OpenAPI 3.0 Schema Object; JSON Schema draft-04.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tierforge.names import pascal

Schema = dict[str, Any]

TYPES = ("array", "boolean", "integer", "number", "object", "string")
# Keywords whose value is copied, with the types that a value has to be of.
COPIED: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("title", "description", "format", "pattern"), str),
    **dict.fromkeys(("multipleOf", "maximum", "minimum"), (int, float)),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), int),
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "uniqueItems"), bool),
    "enum": list,
}
NULL = {"not": {"anyOf": [{"type": kind} for kind in TYPES if kind != "integer"]}}  # an integer is a number
LISTS = ("allOf", "anyOf", "oneOf")
UNSAYABLE = ("patternProperties", "additionalItems", "dependencies")  # OpenAPI 3.0 has no word for them
ROOT, DEFINITIONS = "#", "#/definitions/"


def openapi_schemas(name: str, schema: Mapping[str, Any]) -> dict[str, Schema]:
    """`schema` under `name`, and its definitions under names of their own; what `unsayable` lists is left out."""
    definitions = _definitions(schema)
    known = {ROOT: name, **{DEFINITIONS + key: name + pascal(key) for key in definitions}}
    found = {name: _schema(schema, known)}
    return found | {name + pascal(key): _schema(value, known) for key, value in definitions.items()}


def unsayable(schema: Mapping[str, Any]) -> list[str]:
    """The keywords of `schema` that an OpenAPI 3.0 document can't say, in order."""
    known = {ROOT, *(DEFINITIONS + key for key in _definitions(schema))}
    return list(dict.fromkeys(_unsayable(schema, known)))


def _definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    said = schema.get("definitions")
    return said if isinstance(said, Mapping) else {}


def _schema(said: Any, known: Mapping[str, str]) -> Schema:
    if not isinstance(said, Mapping):
        return {}
    if "$ref" in said:
        target = known.get(str(said["$ref"]))
        return {"$ref": f"#/components/schemas/{target}"} if target else {}
    kinds = said.get("type")
    found: Schema = {"type": kinds} if kinds in TYPES else {}
    for key, value in said.items():
        if _is_copied(key, value):
            found[key] = value
        elif key == "required" and value and isinstance(value, list) and all(isinstance(n, str) for n in value):
            found[key] = list(dict.fromkeys(value))
        elif key == "properties" and isinstance(value, Mapping):
            found[key] = {str(name): _schema(each, known) for name, each in value.items()}
        elif key in LISTS and value and isinstance(value, list):
            found[key] = [_schema(each, known) for each in value]
        elif key == "additionalProperties" and isinstance(value, bool):
            found[key] = value
        elif key in ("not", "items", "additionalProperties") and isinstance(value, Mapping):
            found[key] = _schema(value, known)
    if kinds != found.get("type"):
        own = {"anyOf": [_of_type(kind) for kind in kinds]} if kinds and isinstance(kinds, list) else _of_type(kinds)
        if own.keys() & found.keys():
            found.setdefault("allOf", []).append(own)
        else:
            found |= own
    return found


def _is_copied(key: str, value: Any) -> bool:
    wanted = COPIED.get(key)
    if wanted is None or isinstance(value, bool) is not (wanted is bool):
        return False
    return isinstance(value, wanted) and value != []


def _of_type(kind: Any) -> Schema:
    return NULL if kind == "null" else {"type": kind} if kind in TYPES else {}


def _unsayable(said: Any, known: set[str]) -> Iterator[str]:
    if not isinstance(said, Mapping):
        return
    yield from (key for key in UNSAYABLE if key in said)
    if "$ref" in said and said["$ref"] not in known:
        yield f"$ref {said['$ref']}"
    if isinstance(said.get("items"), list):
        yield "items (a list)"
    inner = [said.get(key) for key in ("not", "items", "additionalProperties")]
    for key in LISTS:
        inner += said[key] if isinstance(said.get(key), list) else []
    for key in ("properties", "definitions"):
        inner += said[key].values() if isinstance(said.get(key), Mapping) else []
    for each in inner:
        yield from _unsayable(each, known)
