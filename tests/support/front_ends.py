"""Applications whose resources have every shape that a page knows, and the files of their pages."""

from __future__ import annotations

from typing import Any

import yaml

from support.catalog import CATALOG
from tierforge.blueprint.source import parse
from tierforge.projects import project_of

# Frameworks whose pages npm builds; the plain one is served as it is.
BUILT = [name for name, component in CATALOG.of("framework").items() if "code/package.json.j2" in component.files]
ALL = ["list", "create", "read", "update", "delete"]
WHOLE: dict[str, Any] = {"operations": ALL, "data_store": "items", "allow": {"groups": ["staff"]}}
ORDER = {
    "type": "object",
    "required": ["title"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "title": "What is ordered", "description": 'With <b>"quotes"</b>'},
        "state": {"type": "string", "enum": ["open", "done"]},
        "count": {"type": "integer"},
        "gift": {"type": "boolean"},
        "lines": {"type": "array"},
    },
}
SHAPES: dict[str, dict[str, Any]] = {
    "owned": {"tickets": {**WHOLE, "owner": True}},
    "read-only": {"shows": {**WHOLE, "operations": ["list", "read"]}},
    "nested": {"books": {**WHOLE, "id": "bookId"}, "reviews": {**WHOLE, "path": "/books/{bookId}/reviews"}},
    "indexed": {"sales": {**WHOLE, "list_by": "by-state"}},
    "described": {"orders": {**WHOLE, "request_schema": ORDER}},
    "not-listed": {"box-offices": {**WHOLE, "operations": ["create", "read"]}},
}


def page(framework: str, resources: dict[str, Any], **more: Any) -> dict[str, str]:
    """The files of the page of an application with these resources, by their path below its folder."""
    stores = {name: {"type": "dynamodb"} for name in resources}
    for name, said in resources.items():
        if "list_by" in said:
            stores[name]["indexes"] = {said["list_by"]: {"partition_key": "state"}}
        if "{" in said.get("path", ""):
            stores[name] |= {"partition_key": "bookId", "sort_key": "reviewId"}
    blueprint: dict[str, Any] = {
        "name": "box-office",
        "pattern": "mobile-backend",
        "auth": {"method": "cognito", "groups": {"staff": "May do everything"}},
        "presentation": {"hosting": "s3-cloudfront", "framework": framework},
        "resources": {name: {**said, "data_store": name} for name, said in resources.items()},
        "data_stores": stores,
        **more,
    }
    made = project_of(
        parse("app.yaml", yaml.safe_dump(blueprint, sort_keys=False)), CATALOG, cached=False, linted=False
    )
    folder = blueprint["presentation"].get("source", "web") + "/"
    return {file.path.removeprefix(folder): file.text for file in made.files if file.path.startswith(folder)}
