"""Hostile text in every option that takes free text: it comes back exactly, quoted, or is refused at its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from support.catalog import CATALOG
from support.emitted import few
from support.generate import written
from support.rendered import ROOT
from support.schema_paths import Path, Schema, choices, kinds
from support.sources import read_yaml, sources_are_sound
from tierforge.blueprint.schema import compose
from tierforge.blueprint.source import parse
from tierforge.diagnostics import BlueprintError
from tierforge.projects import Project, project_of

SCHEMA = compose(CATALOG)
HARMLESS = "harmless"
PREFIXES, SUFFIXES = ("", "https://x/", "x"), ("", "@example.com")  # what a pattern may ask for around a text
Changes = dict[tuple[str | int, ...], str]
# Identifiers, and references to something else in the blueprint: only what they name could stand there.
NAMES = {"name", "region", "id", "partition_key", "sort_key", "ttl", "owner", "path", "route", "routes", "cidr", "Type"}
NAMES |= {
    "data_store",
    "list_by",
    "allow",
    "availability_zones",
    "login_domain",
    "instance_class",
    "vpc",
    "groups",
    "scopes",
    "file",
}
DIGEST = re.compile(r'(?<=[a-z"])[0-9a-f]{8}\b')

TEXTS = {
    "a word that YAML reads as false": "no",
    "a number": "1.0",
    "an octal number": "0755",
    "a date": "2020-01-01",
    "a null": "~",
    "a pair": "a: b",
    "a list": "- a",
    "a flow map": "{a: b}",
    "an anchor": "&a *a",
    "a tag": "!Ref RestApi",
    "a merge key": "<<",
    "a document's end": "---\n...\nx",
    "a comment": "a #b",
    "a Jinja expression": "{{ 7 * 7 }}{{ app }}",
    "a Jinja statement": "{% raw %}{% include 'x' %}",
    "a Jinja comment": "{# x #}",
    "a Sub variable": "${AWS::Region}",
    "an escaped Sub variable": "${!Literal}",
    "a dynamic reference": "{{resolve:ssm:/a/b}}",
    "a shell expansion": "$(touch x) `touch y` $HOME",
    "single quotes": "it's ''' x",
    "double quotes": 'say """ "x"',
    "a backslash": "a\\nb\\",
    "a comment of C": "*/ x /*",
    "a comment of SQL": "'; DROP TABLE x; -- ",
    "a comment of HTML": "--> <script>alert(1)</script>",
    "Markdown": "[x](javascript:x) | `y` **z**\n# h",
    "a new line": "a\nb",
    "a carriage return": "a\r\nb\rc",
    "a next line": "a\u0085b",
    "separators": "a\u2028b\u2029c",
    "controls": "a\x01\x07\x1b[31m\x7f\x9f",
    "a tab": "\ta\t",
    "spaces at its ends": "  a  ",
    "nothing but spaces": "   ",
    "an emoji": "👩‍👩‍👧‍👦 🇩🇪",
    "right to left": "a\u202eb\u2066c",
    "a mark that nobody sees": "\ufeffa\u200b\u00ad",
    "no character": "\ufffe\uffff\U0010ffff",
    "a format": "%s {0} %(x)s {x!r}",
    "two hundred characters": "ä" * 200,
}
UNWRITABLE = {"NUL": '"a\\0b"', "half a pair": '"a\\ud800b"', "the other half": '"\\udc00"', "raw NUL": "a\0b"}


def free_texts(schema: Schema, here: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Every option that takes text of the user's own, with its schema."""
    forms = kinds(schema)
    if "string" in forms and "enum" not in schema and "const" not in schema and "x-by" not in schema:
        yield here, schema
    for name, option in schema.get("properties", {}).items():
        yield from free_texts(option, (*here, name))
    for branch in choices(schema).values():
        for name, option in branch["properties"].items():
            if name not in schema["properties"]:
                yield from free_texts(option, (*here, name))
    for step, key in (("*", "additionalProperties"), ("[]", "items")):
        if isinstance(schema.get(key), dict):
            yield from free_texts(schema[key], (*here, step))


@cache
def everything() -> dict[str, Any]:
    """A blueprint that says every option."""
    text = (ROOT / "tests" / "blueprints" / "everything.yaml").read_text("utf-8")
    return parse("everything.yaml", text).data


def admitted(schema: Schema, text: str) -> str | None:
    """`text`, with what the option's pattern asks for around it; None if it takes no such text."""
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        return None
    if "pattern" not in schema:
        return text
    strict = schema["pattern"].removesuffix("$") + r"\Z"
    candidates = (before + text + after for before in PREFIXES for after in SUFFIXES)
    return next((c for c in candidates if len(c) <= schema.get("maxLength", len(c)) and re.search(strict, c)), None)


def with_text(text: str) -> Changes:
    """What to put where in `everything`: the text, into each option that is said there and takes it."""
    found = {}
    for path, schema in free_texts(SCHEMA):
        said = admitted(schema, text)
        if said is not None and not NAMES & set(path[-2:]):
            for place in list(places(everything(), path))[: 1 if "[]" in path else None]:
                found[place] = said
    return found


def places(data: Any, path: Path) -> Iterator[tuple[str | int, ...]]:
    """Where `path` leads in `data`."""
    if not path:
        if isinstance(data, str):
            yield ()
        return
    step, *rest = path
    keys: list[Any] = [step] if step not in ("*", "[]") else list(data if isinstance(data, dict) else range(len(data)))
    for key in keys:
        if (isinstance(data, dict) and key in data) or (isinstance(data, list) and step == "[]"):
            yield from ((key, *more) for more in places(data[key], tuple(rest)))


def render(changes: Changes) -> Project:
    data = deepcopy(everything())
    for place, text in changes.items():
        here: Any = data
        for step in place[:-1]:
            here = here[step]
        here[place[-1]] = text
    place = ROOT / "tests" / "blueprints" / "app.yaml"  # beside the files that it names
    return project_of(parse(str(place), written(data)), CATALOG, linted=False)


@cache
def rendered_once(changes: tuple[tuple[tuple[str | int, ...], str], ...]) -> Any:
    """The template with harmless texts, which is the same for many hostile ones."""
    return read_yaml(render(dict(changes)).template.text)


def comparable(data: Any) -> Any:
    """`data` without digests, and with texts of `Fn::Sub` as they are substituted."""
    return json.loads(DIGEST.sub("", json.dumps(data).replace("${!", "${")))


def replaced(data: Any, texts: Mapping[str, str]) -> Any:
    """`data` with each of `texts` in the place of its key."""
    if isinstance(data, dict):
        return {key: replaced(value, texts) for key, value in data.items()}
    if isinstance(data, list):
        return [replaced(value, texts) for value in data]
    if isinstance(data, str):
        for old in sorted(texts, key=len, reverse=True):
            data = data.replace(old, texts[old])
    return data


def differences(found: Any, expected: Any, here: str = "") -> Iterator[str]:
    """Where two trees are unlike."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        for key in found:
            yield from differences(found[key], expected[key], f"{here}/{key}")
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for number, pair in enumerate(zip(found, expected, strict=True)):
            yield from differences(*pair, f"{here}/{number}")
    elif found != expected:
        yield f"{here}: {found!r}, not {expected!r}"


def test_there_are_free_options() -> None:
    free = {".".join(path) for path, _ in free_texts(SCHEMA)}
    assert {"description", "auth.groups.*", "auth.scopes.*", "resources.*.function.environment.*"} <= free
    placed = {tuple(str(step) for step in place) for place in with_text("plain")}
    assert ("description",) in placed
    assert ("auth", "callback_urls", "0") in placed


# Those that fall for the same mistake as another one: each takes a rendering of everything.
ALIKE = {
    "an octal number",
    "a date",
    "a null",
    "a list",
    "an anchor",
    "a merge key",
    "a Jinja statement",
    "a Jinja comment",
    "an escaped Sub variable",
    "a comment of C",
    "a carriage return",
    "a next line",
    "a tab",
    "nothing but spaces",
    "an emoji",
    "right to left",
    "no character",
    "two hundred characters",
}


@pytest.mark.parametrize("name", few(TEXTS, *TEXTS.keys() - ALIKE))
def test_text_comes_back_exactly(name: str) -> None:
    text = TEXTS[name]
    changes = with_text(text)
    assert ("resources", "books", "function", "environment", "NOTE") in changes
    hostile = render(changes)
    sources_are_sound(hostile.files)
    found = read_yaml(hostile.template.text)
    assert found["Description"] == text
    assert found["Resources"]["BooksFunction"]["Properties"]["Environment"]["Variables"]["NOTE"] == text
    like = harmless_like(changes)
    harmless = rendered_once(tuple(like.items()))
    expected = replaced(harmless, {like[place]: said for place, said in changes.items()})
    assert list(differences(comparable(found), comparable(expected))) == []


def harmless_like(changes: Changes) -> Changes:
    """The same places with a text that no language reads as anything else."""
    schemas = {place: schema for path, schema in free_texts(SCHEMA) for place in places(everything(), path)}
    return {place: str(admitted(schemas[place], HARMLESS)) for place in changes}


def test_names_that_yaml_reads_as_something_else_stay_names() -> None:
    words = ("no", "null", "e1", "y")
    data: dict[str, Any] = {
        "name": "off",
        "pattern": "mobile-backend",
        "auth": {"method": "cognito", "groups": {"1.0": "1.0", "no": "no"}, "scopes": {"0x1F": "~", "1e3": "null"}},
        "resources": {
            word: {"operations": ["read"], "data_store": word, "id": "null", "allow": {"groups": ["1.0", "no"]}}
            for word in words
        },
        "data_stores": {
            word: {"type": "dynamodb", "ttl": "off", "indexes": {"yes": {"partition_key": word}}} for word in words
        },
        "tags": {"1.0": "no", "on": "0755", "2020-01-01": "1:30"},
    }
    project = project_of(parse("app.yaml", written(data)), CATALOG, linted=False)
    sources_are_sound(project.files)
    resources = read_yaml(project.template.text)["Resources"]
    assert {r["Properties"]["GroupName"] for r in resources.values() if r["Type"].endswith("UserPoolGroup")} == {
        "1.0",
        "no",
    }
    parts = {r["Properties"]["PathPart"] for r in resources.values() if r["Type"].endswith("ApiGateway::Resource")}
    assert parts == {*words, "{null}"}
    table = resources["NoTable"]["Properties"]
    assert {a["AttributeName"] for a in table["AttributeDefinitions"]} == {"null", "no"}
    assert table["TimeToLiveSpecification"]["AttributeName"] == "off"
    assert {(t["Key"], t["Value"]) for t in table["Tags"]} >= set(data["tags"].items())


@pytest.mark.parametrize("text", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_text_that_no_file_holds_is_refused_at_its_place(text: str) -> None:
    blueprint = f"name: app\npattern: mobile-backend\nresources: {{a: {{routes: [GET /a]}}}}\ndescription: {text}\n"
    with pytest.raises(BlueprintError) as refusal:
        parse("app.yaml", blueprint)
    assert [found.span.line for found in refusal.value.diagnostics] == [4]
