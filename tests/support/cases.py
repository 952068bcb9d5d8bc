"""Resources with their stores, in few words, and what the templates of their functions see of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support.catalog import CATALOG
from tierforge.components import facts
from tierforge.diagnostics import Span
from tierforge.model import Component, Function, Part, Resource, Route, Scope, Use
from tierforge.project.callers import known_callers

TEMPLATES = Path(__file__).parents[2] / "templates"
NOWHERE = Span("app.yaml")
METHODS = {
    "list": ("GET", False),
    "create": ("POST", False),
    "read": ("GET", True),
    "update": ("PUT", True),
    "delete": ("DELETE", True),
}
ALL = tuple(METHODS)
CLAIMS_AT = {"1.0": ["authorizer", "claims"], "2.0": ["authorizer", "jwt", "claims"]}  # by payload


def words(name: str) -> list[str]:
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)


def snake(name: str) -> str:
    return "_".join(words(name)).lower()


def pascal(name: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in words(name))


@dataclass(frozen=True)
class Case:
    """A resource with its store: what a blueprint would say, in the fewest words."""

    name: str = "tickets"
    store: str = "dynamodb"
    style: str = "powertools"
    operations: tuple[str, ...] = ALL
    scope: tuple[Scope, ...] = ()
    path: str = ""
    id: str = "id"
    list_by: Mapping[str, str] | None = None
    credentials: str = "secret"
    groups: tuple[str, ...] = ()
    custom: bool = False
    payload: str = "1.0"
    proxy: bool = False
    data_api: bool = False
    cached: bool = False
    language: str = "python"
    uploads: bool = False
    like: str = ""  # the data store that is one of `store`'s, where it's another than that which all of them have

    @property
    def variants(self) -> tuple[str, ...]:
        return store_of(self).variants

    @property
    def relational(self) -> bool:
        return self.store not in ("dynamodb", "s3", "none")

    @property
    def component(self) -> str:
        """The data store whose folder its code is in."""
        if self.like:
            return self.like
        if self.store in ("aurora-dsql",) or not self.relational:
            return self.store
        return "aurora" if self.data_api else "rds"

    @property
    def prefix(self) -> str:
        return self.name.replace("-", "_").upper()


OWNER = (Scope("owner", "claim", "sub"),)
TICKETS = Case(scope=OWNER)
SHOWS = Case("shows", operations=("list", "read"))
EVENTS = Case("events", list_by={"index": "byVenue", "attribute": "venue", "type": "S"})
BY_ROW = {"index": "byVenue", "attribute": "venue", "type": "S", "sort": "row", "sort_type": "N"}
BY_NAME = {"index": "byRow", "attribute": "row", "type": "N", "sort": "name", "sort_type": "S"}
REVIEWS = Case(
    "reviews",
    operations=("list", "create", "read"),
    scope=(Scope("bookId", "path", "bookId"),),
    path="/books/{bookId}/reviews",
    id="reviewId",
)
LONG_NAME = Case("a-name-of-thirty-letters-a-line", scope=OWNER, groups=("editors", "administrators"))


def part(kind: str, name: str, use_name: str, **fields: Any) -> Part:
    component = Component(kind, name, str(TEMPLATES / kind / name), {}, ())
    return Part(component, use_name, NOWHERE, id=pascal(use_name), **fields)


def resource_of(case: Case) -> Resource:
    return Resource(
        name=case.name,
        path=case.path or f"/{case.name}",
        id=case.id,
        singular=case.name.removesuffix("s"),
        operations=case.operations,
        scope=case.scope,
        store=case.name if case.store != "none" else None,
        list_by=case.list_by,
        span=NOWHERE,
    )


def _indexes(case: Case) -> dict[str, Any]:
    """The index that a case's items are listed by."""
    by = case.list_by
    if by is None:
        return {}
    sort_key = {"name": by["sort"], "type": by["sort_type"]} if "sort" in by else None
    return {by["index"]: {"partition_key": {"name": by["attribute"], "type": by["type"]}, "sort_key": sort_key}}


def store_of(case: Case) -> Part:
    if case.store == "dynamodb":
        scope = [field.attribute for field in case.scope]
        names = [*scope, case.id]
        key: dict[str, Any] = {"partition": {"name": names[0], "type": "S"}, "sort": None}
        if len(names) > 1:
            key["sort"] = {"name": names[1], "type": "S"}
        listing = "query" if scope else "index" if case.list_by else "scan"
        component = CATALOG.get("data-store", "dynamodb")
        said = facts(component, {"capacity": "on-demand", "dax": {"nodes": 3} if case.cached else False})
        made = part(
            "data-store",
            "dynamodb",
            case.name,
            view={"key": key, "list": listing, "indexes": _indexes(case)},
            facts=said,
        )
        return replace(made, component=component)
    if case.store == "s3":
        component = CATALOG.get("data-store", "s3")
        said = {"content_types": ["image/png", "image/jpeg"], "max_mb": 2, "allow_origins": None}
        options = {"uploads": said if case.uploads else None}
        made = part("data-store", "s3", case.name, options=options, facts=facts(component, options))
        return replace(made, component=component)
    view = {
        "engine": case.store,
        "database": "app",
        "user": "app",
        "tables": {case.name: snake(case.name)},
    }
    options = {"engine": case.store, "credentials": case.credentials, "proxy": case.proxy, "data_api": case.data_api}
    component = CATALOG.get("data-store", case.component)
    return replace(
        part("data-store", case.component, case.name, view=view, options=options),
        component=component,
        facts=facts(component, options),
    )


def routes_of(case: Case, resource: Resource) -> tuple[Route, ...]:
    def route(name: str, method: str, path: str, operation: str) -> Route:
        return Route(
            name=name,
            method=method,
            path=path,
            operation=operation,
            like=operation,
            resource=resource,
            function=case.name,
            auth=part("auth", "cognito", "auth", facts={"claims": CLAIMS_AT[case.payload], "groups": "cognito:groups"}),
            integration=part("integration", "lambda", "lambda", facts={"function": True}),
            access="read" if method == "GET" else "write",
            status=200,
            groups=case.groups,
            parameters=tuple(re.findall(r"{(\w+)}", path)),
            query=(case.list_by["attribute"],) if operation == "list" and case.list_by else (),
            span=NOWHERE,
        )

    item = f"{resource.path}/{{{resource.id}}}"
    made = [
        route(f"{op}{pascal(case.name)}", METHODS[op][0], item if METHODS[op][1] else resource.path, op)
        for op in case.operations
    ]
    if case.custom:
        made.append(route("refund", "POST", f"{item}/refund", "custom"))
    return tuple(made)


def context_of(case: Case, kind: str = "api") -> dict[str, Any]:
    resource = resource_of(case)
    store = store_of(case) if case.store != "none" else None
    use = Use(store, "primary", case.operations, resource) if store else None
    function = Function(
        name=case.name if kind == "api" else f"{case.name}-{kind}",
        id=pascal(case.name),
        kind=kind,
        description="",
        folder=f"functions/{case.name}",
        runtime=part("runtime", case.language, case.language),
        identifier={"python": "python3.14", "nodejs": "nodejs24.x"}[case.language],
        settings={"timeout_seconds": 28},
        span=NOWHERE,
        routes=routes_of(case, resource) if kind == "api" else (),
        uses=(use,) if use else (),
    )
    return {
        "function": function,
        "package": "",
        "resource": resource,
        "resources": (resource,),
        "use": use,
        "store": store,
        "cache": None,
        **known_callers(function.routes),
    }
