"""The JSON Schema that validation uses, walked by hypothesis: blueprints that it accepts, as data and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from hypothesis import strategies as st

from support.meaning import mended
from support.schema_paths import Path, Schema, choices, kinds

WRITABLE = st.characters(codec="utf-8", exclude_characters="\0")
ASCII = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
ONE_IN = 4  # of the other options of a map, at most this part is said
UNDERSTOOD = {
    *("$schema", "title", "description", "default", "type", "const", "enum", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "multipleOf", "items", "minItems", "maxItems", "uniqueItems", "properties", "required"),
    *(
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "allOf",
        "if",
        "then",
        "not",
    ),
    *(
        "x-by",
        "x-short-for",
        "x-says",
        "x-component",
        "x-instead",
        "x-per-route",
        "x-refused",
        "x-gone",
        "x-file",
        "x-request-schema",
        "x-regex",
    ),
}
FREE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(WRITABLE, max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(WRITABLE, max_size=8), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
SHORT_TEXTS = st.text(WRITABLE, max_size=8)
NAMES = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=8)
BODY_SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "boolean", ["string", "null"]])},
        optional={
            "description": st.text(WRITABLE, max_size=8),
            "enum": st.lists(st.integers(-9, 9), min_size=1, max_size=1),
        },
    ),
    lambda inner: (
        st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)})
        | st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=2)})
    ),
    max_leaves=4,
)
REQUEST_SCHEMAS = BODY_SCHEMAS | st.fixed_dictionaries({}, optional={"create": BODY_SCHEMAS, "update": BODY_SCHEMAS})


@st.composite
def blueprints(draw: st.DrawFn, schema: Schema, foci: Sequence[Path], *, meant: bool = True) -> dict[str, Any]:
    """A blueprint that `schema` accepts and that says the options at `foci`.

    Where they are `meant`, most of them mean something: what they refer to exists, and an option may have gone for
    it. The others are as the schema alone allows them.
    """
    data = _Walk(draw, foci).value({**schema, "required": [*schema["required"], "resources"]}, ())
    return mended(draw, data) if meant and draw(st.integers(0, 9)) < 9 else data  # type: ignore[no-any-return]


def groups(paths: Sequence[Path], count: int) -> list[list[Path]]:
    """`paths` in about `count` groups whose members one blueprint can say together."""
    size = -(-len(paths) // count)
    found: list[list[Path]] = []
    for path in paths:
        room = (group for group in found if len(group) < size and not any(_exclude(path, other) for other in group))
        group = next(room, None)
        if group is None:
            found.append([path])
        else:
            group.append(path)
    return found


def _exclude(one: Path, other: Path) -> bool:
    """Whether two options exclude each other: unlike forms, choices or values of one option."""
    for mine, others in zip(one, other, strict=False):
        if mine != others:
            return mine[0] in "(=" and others[0] in "(="
    return False


@st.composite
def texts(draw: st.DrawFn, data: st.SearchStrategy[dict[str, Any]]) -> str:
    """What `data` gives, written as YAML in one of the ways that people and programs write it."""
    return written(
        draw(data), flow=draw(st.sampled_from([None, False, True])), ascii_only=draw(st.booleans()), indent=2
    )


def written(data: Mapping[str, Any], *, flow: bool | None = None, ascii_only: bool = False, indent: int = 2) -> str:
    """`data` as YAML in its own order; `flow` None has only the innermost collections in flow style."""
    return str(
        yaml.dump(
            data,
            Dumper=yaml.CSafeDumper,
            sort_keys=False,
            default_flow_style=flow,
            allow_unicode=not ascii_only,
            indent=indent,
            width=100,
        )
    )


@cache  # building the strategy of a pattern takes longer than drawing from it
def _matching(pattern: str, least: int, most: int) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True, alphabet=ASCII).filter(lambda text: least <= len(text) <= most)


@cache
def _any_text(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(WRITABLE, min_size=least, max_size=most)


def _one_of(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@cache
def _some_of(values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=1 + len(values) // ONE_IN)


class _Walk:
    def __init__(self, draw: st.DrawFn, foci: Sequence[Path]) -> None:
        self.draw, self.foci = draw, foci

    def value(self, schema: Schema, here: Path) -> Any:
        if unknown := schema.keys() - UNDERSTOOD:
            raise NotImplementedError(f"{'.'.join(here)}: the walk knows nothing of {', '.join(sorted(unknown))}")
        if "const" in schema:
            return schema["const"]
        if "x-request-schema" in schema:
            return self.request_schema(schema, here)
        if "enum" in schema:
            said = self.next_steps(here)
            wanted = [value for value in schema["enum"] if f"={value}" in said]
            return self.draw(_one_of(tuple(wanted or schema["enum"])))
        forms = kinds(schema)
        if len(forms) > 1:
            forms = [form for form in forms if f"({form})" in self.next_steps(here)] or forms
            form = self.draw(_one_of(tuple(forms)))
            return self.of_kind(form, schema, (*here, f"({form})"))
        return self.of_kind(forms[0], schema, here) if forms else self.draw(FREE)

    def request_schema(self, schema: Schema, here: Path) -> Any:
        """A schema, one for each operation, or the file that holds it, if that is what has to be said."""
        for name in sorted(self.next_steps(here)):
            said = schema["properties"][name]
            return {name: self.request_schema(said, (*here, name)) if name != "file" else self.string(said)}
        return self.draw(REQUEST_SCHEMAS if "x-request-schema" in schema else BODY_SCHEMAS)

    def next_steps(self, here: Path) -> set[str]:
        """The steps after `here` on the way to what has to be said."""
        return {focus[len(here)] for focus in self.foci if focus[: len(here)] == here and len(focus) > len(here)}

    def of_kind(self, form: str, schema: Schema, here: Path) -> Any:
        match form:
            case "boolean":
                never = schema.get("not", {}).get("const")
                return self.draw(_one_of(tuple(value for value in (False, True) if value is not never)))
            case "integer":
                step, bounds = schema.get("multipleOf", 1), (schema.get("minimum"), schema.get("maximum"))
                least, most = (bound if bound is None else bound // step for bound in bounds)
                return self.draw(st.integers(least, most)) * step
            case "number" if step := schema.get("multipleOf"):
                return self.draw(st.integers(int(schema["minimum"] / step), int(schema["maximum"] / step))) * step
            case "number":
                return self.draw(st.floats(-1e6, 1e6))
            case "string":
                return self.string(schema)
            case "array":
                return self.array(schema, here)
            case "object":
                return self.object(schema, here)
        raise NotImplementedError(form)

    def string(self, schema: Schema) -> str:
        if "enum" in schema.get("then", ()):  # a choice in its short form
            return str(self.draw(_one_of(tuple(schema["then"]["enum"]))))
        least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
        if "pattern" in schema:
            return self.draw(_matching(schema["pattern"], least, most))
        return self.draw(_any_text(least, min(most, 20)))

    def array(self, schema: Schema, here: Path) -> list[Any]:
        least = max(schema.get("minItems", 0), 1 if self.next_steps(here) else 0)
        size = self.draw(st.integers(least, min(schema.get("maxItems", 9), least + 2)))
        items = [self.value(schema.get("items", {}), (*here, "[]")) for _ in range(size)]
        if schema.get("uniqueItems"):
            items = [item for n, item in enumerate(items) if item not in items[:n]]
            while len(items) < least:
                more = self.value(schema["items"], (*here, "[]"))
                items += [more] if more not in items else []
        return items

    def object(self, schema: Schema, here: Path) -> dict[str, Any]:
        """A map with what is required, what lies on the way to a focus, and some of the rest."""
        known, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
        steps = self.next_steps(here)
        result: dict[str, Any] = {}
        branch_step = ""
        if branches := choices(schema):
            by = schema["x-by"]
            step = self.draw(_one_of(tuple(step for step in branches if step in steps) or tuple(branches)))
            result[by] = step.strip("()").partition("=")[2]
            branch_step, branch = step, branches[step]
            for name, option in branch["properties"].items():
                known.setdefault(name, option)
            required |= set(branch.get("required", ()))
            steps |= self.next_steps((*here, step))
        more = sorted(known.keys() - required - steps - result.keys())
        if more:
            steps |= set(self.draw(_some_of(tuple(more))))
        for name, option in known.items():
            own = name in schema.get("properties", ())
            below = (*here, name) if own or not branch_step else (*here, branch_step, name)
            if name not in result and (name in required or name in steps):
                result[name] = self.value(option, below)
        self.fill(result, schema, here, wanted="*" in steps)
        return result

    def fill(self, result: dict[str, Any], schema: Schema, here: Path, *, wanted: bool) -> None:
        """Names of the user's own choice, where the map has room for them."""
        every = schema.get("additionalProperties", {} if not schema.get("properties") else False)
        least = max(schema.get("minProperties", 0), int(wanted), len(result))
        if every is False:
            while len(result) < least:
                name = self.draw(st.sampled_from(sorted(schema["properties"])))
                result.setdefault(name, self.value(schema["properties"][name], (*here, name)))
            return
        if not schema.get("properties") and "propertyNames" not in schema and not every:
            result |= self.draw(
                st.dictionaries(st.text(WRITABLE, max_size=8), FREE, min_size=least, max_size=least + 2)
            )
            return
        size = self.draw(st.integers(least, min(schema.get("maxProperties", 9), least + 2)))
        names = {"type": "string", **schema.get("propertyNames", {})}
        while len(result) < size:
            name = self.string(names)
            result.setdefault(name, self.value(every, (*here, "*")))
