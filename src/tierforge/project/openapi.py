"""An API's routes, as the OpenAPI document that its clients read: no word in it is AWS's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.data_files import read_yaml
from tierforge.model import File, Part, Resource, Route, Stack
from tierforge.names import camel, pascal, words
from tierforge.project.documents import access
from tierforge.template.nodes import write
from tierforge.template.openapi_schema import openapi_schemas

Document = dict[str, Any]

PATH = "openapi.yaml"
JSON = "application/json"
ERROR, API_KEY = "error", "apiKey"  # no resource gives a schema a small name
SCHEMAS, RESPONSES = "#/components/schemas/", "#/components/responses/"


def client_document(stack: Stack, blueprint: Blueprint, catalog: Catalog) -> File:
    """openapi.yaml: what may be asked of the API, and what it answers."""
    said = read_yaml(Path(catalog.root) / "project" / PATH)
    document = _Document(said).of(stack, blueprint)
    comment = "# For clients of the API, and what makes code and pages for them.\n"
    return File(PATH, comment + write(document, compact=True, short_tags=False))


class _Document:
    """`said` is templates/project/openapi.yaml."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = said
        self.schemas: dict[str, Any] = {}
        self.items: dict[str, str] = {}  # the names of resources' schemas
        self.schemes: dict[str, Any] = {}
        self.statuses: set[int] = set()

    def of(self, stack: Stack, blueprint: Blueprint) -> Document:
        for route in stack.routes:
            if route.body:
                self.schemas |= openapi_schemas(pascal(route.name), route.body)
        paths: dict[str, Document] = {}
        for route in stack.routes:
            paths.setdefault(route.path, {})[route.method.lower()] = self.operation(route)
        described = {"description": blueprint.data["description"]} if blueprint.data["description"] else {}
        components: Document = {"schemas": {ERROR: self.said["error"], **self.schemas}}
        components["responses"] = dict(self.errors())
        if self.schemes:
            components["securitySchemes"] = self.schemes
        return {
            **self.said["head"],
            "info": {"title": blueprint.name, **described, "version": "1.0.0"},
            "servers": self.said["servers"],
            "tags": [{"name": name} for name in dict.fromkeys(route.resource.name for route in stack.routes)],
            "paths": paths,
            "components": components,
        }

    def operation(self, route: Route) -> Document:
        operation: Document = {
            "tags": [route.resource.name],
            "operationId": route.name,
            "summary": " ".join(words(route.name)).capitalize(),
            "description": f"For {access(route)}.",
        }
        parameters = list(self.parameters(route))
        if parameters:
            operation["parameters"] = parameters
        if route.body is not None:  # an empty schema takes whatever comes
            taken = _json(SCHEMAS + pascal(route.name)) if route.body else self.said["anything"]
            operation["requestBody"] = {"required": True, "content": taken}
        operation["responses"] = {str(route.status): self.answer(route), **dict(self.refusals(route))}
        security = dict(self.security(route))
        if security:
            operation["security"] = [security]
        return operation

    def parameters(self, route: Route) -> Iterator[Document]:
        asked = [
            *(("path", name, True) for name in route.parameters),
            *(("query", name, True) for name in route.query),
            *(("query", name, False) for name in route.optional_query),
            *(("header", name, False) for name in route.headers if name.lower() not in self.said["unsaid"]),
        ]
        for place, name, required in asked:
            known = self.said["parameters"].get(name) if place == "query" else None
            yield {"name": name, "in": place, "required": required, **(known or {"schema": {"type": "string"}})}
        for name, said in self.said["sent"].get(route.operation, {}).items() if _ours(route) else ():
            yield {"name": name, "in": "header", "required": False, **said}

    def answer(self, route: Route) -> Document:
        """What a route answers when all went well; what an item looks like is known of our own functions' alone."""
        answer: Document = {"description": self.said["answers"][route.operation]}
        ours = _ours(route)
        if ours and route.operation in self.said["headers"]:
            answer["headers"] = self.said["headers"][route.operation]
        if ours and route.operation == "list":
            answer["content"] = {JSON: {"schema": _page(self.item(route.resource))}}
        elif ours and route.operation in ("create", "read", "update"):
            answer["content"] = _json(self.item(route.resource))
        return answer

    def item(self, resource: Resource) -> str:
        """A reference to the schema of a resource's items: what a client gave them, and what the server did."""
        if resource.name not in self.items:
            name = pascal(resource.singular)
            given = self.schemas.get(f"Create{name}", {}).get("properties", {})
            own = {
                resource.id: {"type": "string"},
                "updatedAt": {"type": "string", "format": "date-time"},
                "etag": {"type": "string"},
            }
            while name in self.schemas:
                name += "Item"
            self.schemas[name] = {"type": "object", "required": [resource.id], "properties": {**given, **own}}
            self.items[resource.name] = name
        return SCHEMAS + self.items[resource.name]

    def refusals(self, route: Route) -> Iterator[tuple[str, Document]]:
        """What else a route may answer, by status."""
        said = self.said["errors"]
        kinds = ["always", route.operation]
        kinds += ["identity"] if route.auth.component.data.get("identity") else []
        kinds += ["api_key"] if route.api_key else []
        for status in sorted({status for kind in kinds for status in said[kind]}):
            self.statuses.add(status)
            yield str(status), {"$ref": RESPONSES + self.said["responses"][status]["name"]}

    def errors(self) -> Iterator[tuple[str, Document]]:
        """The answers that `refusals` refers to."""
        for status in sorted(self.statuses):
            said = self.said["responses"][status]
            yield said["name"], {"description": said["description"], "content": _json(SCHEMAS + ERROR)}

    def security(self, route: Route) -> Iterator[tuple[str, list[str]]]:
        if route.auth.component.data.get("identity"):
            name = camel(f"{route.auth.name}-{route.auth.id}")
            self.schemes.setdefault(name, self.scheme(route.auth))
            yield name, []
        if route.api_key:
            self.schemes.setdefault(API_KEY, self.said["api_key"])
            yield API_KEY, []

    def scheme(self, auth: Part) -> Document:
        """How a caller signs in, as the component says it, else by a token."""
        notes = auth.facts.get("notes", ())
        scheme: Document = {**auth.facts.get("scheme", self.said["scheme"])}
        return {**scheme, "description": " ".join(notes)} if notes else scheme


def _ours(route: Route) -> bool:
    """Whether a function of ours keeps items in a store, so that it is known what they look like."""
    return bool(route.function and route.resource.store)


def _json(reference: str) -> Document:
    return {JSON: {"schema": {"$ref": reference}}}


def _page(item: str) -> Document:
    return {
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": item}},
            "nextToken": {"description": "Where the next page begins; the last has none.", "type": "string"},
        },
    }
