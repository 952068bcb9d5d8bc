"""What a page shows of an application's resources, and the files that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.model import File, Resource, Route, Stack
from tierforge.names import words
from tierforge.project.code import tree_of
from tierforge.stack.routes import OPERATIONS, parameters

FOLDER = "web"  # where the page's files are, if nobody says `source`
SET_BY_US = ("updatedAt", "etag")  # what our functions give every item beside its id
INPUTS = {"string": "text", "number": "number", "integer": "number", "boolean": "boolean"}  # by type in JSON Schema


def site_files(stack: Stack, blueprint: Blueprint, env: SandboxedEnvironment) -> list[File]:
    """The files of the page, if the application has one. They belong to the user."""
    if stack.site is None or stack.front_end is None:
        return []
    context = {
        "app": {key: blueprint.data[key] for key in ("name", "description", "region")},
        "site": stack.site,
        "facts": stack.front_end.facts,
        "resources": [_shown(resource, stack) for resource in stack.resources if resource.operations],
    }
    folder = folder_of(stack)
    found = dict(tree_of(stack.front_end.component, "code/", context, env))
    return [File(f"{folder}/{path}", text, owner="user") for path, text in sorted(found.items()) if text.strip()]


def folder_of(stack: Stack) -> str:
    """The folder of the page's source, "" where there is no page."""
    return str(stack.site.options.get("source", FOLDER)) if stack.site else ""


def _shown(resource: Resource, stack: Stack) -> dict[str, Any]:
    """What the page's templates see of a resource."""
    routes = {route.operation: route for route in stack.routes if route.resource is resource}
    operations = [name for name in OPERATIONS if name in routes]
    listed, created = routes.get("list"), routes.get("create") or routes.get("update")
    facts: Mapping[str, Any] = next((s.facts for s in stack.stores if s.name == resource.store), {})
    reserved = [resource.id, *(field.attribute for field in resource.scope), *SET_BY_US, *facts.get("own_fields", ())]
    body = created.body or {} if created else {}
    return {
        "name": resource.name,
        "title": " ".join(words(resource.name)).capitalize(),
        "singular": " ".join(words(resource.singular)),
        "path": resource.path,
        "id": resource.id,
        "operations": operations,
        "scope": resource.scope,
        "parameters": parameters(resource.path),
        "list_by": listed.query if listed else (),
        "fields": [] if created is None else list(_fields(body)),
        "open": body.get("additionalProperties", True) is not False,
        "reserved": list(dict.fromkeys(reserved)),
        "repeatable": facts.get("repeatable", True),
        "sign_in": any(_asks(route) for route in routes.values()),
    }


def _asks(route: Route) -> bool:
    """Whether a route knows who calls, so that somebody has to sign in."""
    return bool(route.auth.component.data.get("identity"))


def _fields(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The properties of a request's body, as fields of a form."""
    for name, said in body.get("properties", {}).items():
        choices = said.get("enum", [])
        named = choices if all(isinstance(choice, str) for choice in choices) else []
        kind = said.get("type")
        yield {
            "name": name,
            "label": said.get("title") or " ".join(words(name)).capitalize() or name,
            "type": "choice" if named else INPUTS.get(kind, "json") if isinstance(kind, str) else "json",
            "required": name in body.get("required", ()),
            "choices": named,
            "help": said.get("description", ""),
        }
