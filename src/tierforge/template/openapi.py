"""A template in which an API's resources become one: the OpenAPI document that is its body.

Which resources go into which body is said by the component of the API (`body` in its component.yaml).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.environments import merged
from tierforge.components import holds
from tierforge.diagnostics import BlueprintError, Diagnostic, TemplateBug
from tierforge.intrinsics import references
from tierforge.template.assemble import Template
from tierforge.template.fragments import Entry, rewritten, value_of
from tierforge.template.openapi_body import OF_THE_API, Body, body_of
from tierforge.template.openapi_schema import unsayable

ANY_AUTHORIZER = "*"  # of the API: their ids are API Gateway's secret once they stand in the body


@dataclass(frozen=True)
class Definition:
    """An API whose resources can be its body: `inner`, by logical ID; `advice` says how to ask for that."""

    api: Entry
    inner: Mapping[str, Entry]
    asked: bool
    advice: str

    def body(self, blueprint: Blueprint) -> Body:
        """The document. Raises BlueprintError where an override or a schema has no place in one."""
        faults = [fault for entry in self.inner.values() for fault in _schema_faults(entry)]
        if faults:
            raise BlueprintError(faults)
        try:
            return body_of(self.api, self.inner)
        except (AttributeError, LookupError, TypeError, ValueError) as fault:
            own = [key for key in blueprint.data["overrides"] if key in self.inner or key == self.api.key]
            own += [key for key in blueprint.data["extra_resources"] if key in self.inner]
            if not own:
                raise TemplateBug(f"{self.api.key} can't be written as OpenAPI: {fault!r}") from fault
            hint = f"say what an OpenAPI document can say, or leave the API in resources ({fault})"
            spans = [(self.inner.get(key) or self.api).part.span for key in own]
            message = f"what is said of {', '.join(own)} doesn't fit into an OpenAPI document"
            raise BlueprintError([Diagnostic(message, spans[0], hint, related=tuple(spans[1:]))]) from fault


def definitions(template: Template) -> Iterator[Definition]:
    """The APIs of `template` that a body can define, with what would go into it."""
    resources = {entry.key: entry for entry in template.resources()}
    for entry in resources.values():
        said = entry.part.component.data.get("body")
        if said and said["of"] == entry.key:
            inner = {
                key: other
                for key, other in resources.items()
                if other.data["Type"] in said["types"]
                and other.data.get("Properties", {}).get("RestApiId") == {"Ref": entry.key}
            }
            yield Definition(entry, inner, holds(said["when"], entry.part.options), said["advice"])


def with_bodies(template: Template, blueprint: Blueprint) -> Template:
    """`template` with the body of every API that is to be defined by one."""
    for definition in definitions(template):
        if definition.asked:
            template = with_body(template, definition, blueprint)
    return template


def with_body(template: Template, definition: Definition, blueprint: Blueprint) -> Template:
    """`template` with the body of one API, and without what went into it.

    Raises BlueprintError where something can't stand in a body, or refers to what does.
    """
    api = _defined(definition, blueprint)
    stays = (entry for entry in template.entries if entry.key not in definition.inner)
    entries = [api if entry.key == api.key else _apart(entry, definition.inner) for entry in stays]
    faults = [fault for entry in entries for fault in _left_faults(entry, definition)]
    if faults:
        raise BlueprintError(faults)
    return replace(template, entries=tuple(entries))


def _defined(definition: Definition, blueprint: Blueprint) -> Entry:
    """The API with its body; an override's own `Body` is laid over it."""
    api, body = definition.api, definition.body(blueprint)
    properties = {key: value for key, value in api.data["Properties"].items() if key not in OF_THE_API}
    kinds = properties.get("EndpointConfiguration", {}).get("Types")
    properties = {
        **({"Parameters": {"endpointConfigurationTypes": kinds[0]}} if kinds else {}),
        # the whole definition is replaced by this one, and a part that API Gateway would leave out fails the deployment
        "Mode": "overwrite",
        "FailOnWarnings": True,
        **properties,
        "Body": merged(body.document, properties.pop("Body", {})),
    }
    entry = rewritten(api, {**api.data, "Properties": properties}, compact=True)
    return replace(entry, within={("Properties", "Body", *path): part for path, part in body.owners.items()})


def _apart(entry: Entry, inner: Mapping[str, Entry]) -> Entry:
    """`entry` without waiting for what now comes with the API; a right of one authorizer is one of any of the API's."""
    if entry.section == "Resources" and "DependsOn" in entry.data:
        said = entry.data["DependsOn"]
        waits = [key for key in ([said] if isinstance(said, str) else said) if key not in inner]
        if waits != said and [said] != waits:
            others = {key: value for key, value in entry.data.items() if key != "DependsOn"}
            entry = rewritten(entry, {**others, **({"DependsOn": waits} if waits else {})}, compact=True)
    authorizers = "|".join(key for key, said in inner.items() if said.data["Type"] == "AWS::ApiGateway::Authorizer")
    text = re.sub(rf"(?<=authorizers/)\$\{{({authorizers})\}}", ANY_AUTHORIZER, entry.text)
    return entry if text == entry.text else replace(entry, text=text, data=value_of(text, entry.origin))


def _left_faults(entry: Entry, definition: Definition) -> Iterator[Diagnostic]:
    """References to what is no resource any more."""
    for key in dict.fromkeys(references(entry.data)):
        if key in definition.inner:
            message = f"{entry.key} refers to {key}, which stands in the OpenAPI body of {definition.api.key}"
            hint = f"refer to {definition.api.key}, or leave the API in resources (api: {{definition: resources}})"
            yield Diagnostic(message, entry.part.span, hint)


def _schema_faults(entry: Entry) -> Iterator[Diagnostic]:
    if entry.data["Type"] == "AWS::ApiGateway::Model" and isinstance(schema := _schema(entry), Mapping):
        for word in unsayable(schema):
            message = f"an OpenAPI document can't say `{word}`, which the schema of {entry.key} has"
            yield Diagnostic(message, entry.part.span, "say it otherwise, or leave the API in resources")


def _schema(entry: Entry) -> Any:
    return entry.data["Properties"].get("Schema")
