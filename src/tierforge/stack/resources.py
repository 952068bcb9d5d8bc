"""The `resources` section, turned into what is known of each resource and of its items' keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.events import told_of
from tierforge.diagnostics import Diagnostic, Span
from tierforge.model import Part, Resource, Scope
from tierforge.names import singular, snake
from tierforge.stack.routes import parameters


def stores_named(data: Mapping[str, Any]) -> list[str]:
    """The data stores that a resource uses; the first holds its items."""
    named = data.get("data_store", [])
    return [named] if isinstance(named, str) else list(named)


def stores_touched(data: Mapping[str, Any]) -> list[str]:
    """The stores of a resource, and those that its integrations work on without a function."""
    places = [data, *(route for route in data.get("routes", ()) if isinstance(route, Mapping))]
    direct = [(place.get("integration") or {}).get("data_store") for place in places]
    return list(dict.fromkeys([*stores_named(data), *filter(None, direct)]))


def resource_of(name: str, data: Mapping[str, Any], blueprint: Blueprint, subject: str = "sub") -> Resource:
    """One resource, with the key of its items: whose they are (owner, path) and their own id.

    `subject` is the claim that names its callers. A data store's `partition_key` and `sort_key` name the
    attributes where it has them.
    """
    stores = stores_touched(data)
    store = blueprint.data["data_stores"].get(stores[0], {}) if stores else {}
    path = str(data.get("path") or f"/{name}")
    in_path = parameters(path)
    partition, sort = attribute(store.get("partition_key")), attribute(store.get("sort_key"))
    owner = data["owner"]
    scope = [Scope(parameter, "path", parameter) for parameter in in_path]
    if owner:
        named = partition["name"] if partition and partition["name"] not in in_path else "owner"
        scope.insert(0, Scope(named, "claim", subject if owner is True else str(owner)))
    own_key = sort if scope else partition
    said_id = "id" in blueprint.source.data.get("resources", {}).get(name, {})
    list_by = data.get("list_by")
    index = store.get("indexes", {}).get(list_by, {}) if list_by else {}
    indexed, sorted_by = attribute(index.get("partition_key")), attribute(index.get("sort_key"))
    return Resource(
        name=name,
        path=path,
        id=data["id"] if said_id or own_key is None else own_key["name"],
        singular=singular(name),
        operations=tuple(data["operations"]),
        scope=tuple(scope),
        store=stores[0] if stores else None,
        list_by=_listing(str(list_by), indexed, sorted_by) if indexed else None,
        span=blueprint.source.span(["resources", name], of="key"),
        publishes=told_of(data),
    )


def _listing(index: str, by: Mapping[str, str], sorted_by: Mapping[str, str] | None) -> dict[str, str]:
    found = {"index": index, "attribute": by["name"], "type": by["type"]}
    return {**found, "sort": sorted_by["name"], "sort_type": sorted_by["type"]} if sorted_by else found


def attribute(said: Any) -> dict[str, str] | None:
    """A key attribute `name` or `{name, type}`, with its type."""
    if said is None:
        return None
    return {"name": said, "type": "S"} if isinstance(said, str) else {"type": "S", **said}


def store_view(store: Part, users: Sequence[Resource]) -> dict[str, Any]:
    """What a store's templates see of the items in it: their key, its attributes, a table for each resource."""
    partition, sort = attribute(store.options.get("partition_key")), attribute(store.options.get("sort_key"))
    if users and partition is None:
        first = users[0]
        partition = attribute(first.scope[0].attribute if first.scope else first.id)
        sort = sort or (attribute(first.id) if first.scope else None)
    elif users and sort is None and users[0].scope:
        sort = attribute(users[0].id)
    key = {"partition": partition or attribute("id"), "sort": sort}
    indexes = {
        name: {part: attribute(index.get(part)) for part in ("partition_key", "sort_key")}
        for name, index in store.options.get("indexes", {}).items()
    }
    attributes = [key["partition"], key["sort"], *(a for index in indexes.values() for a in index.values())]
    return {
        "key": key,
        "indexes": indexes,
        "attributes": {a["name"]: a["type"] for a in attributes if a},
        "users": tuple(users),
        "resources": [user.name for user in users],
        "tables": {user.name: snake(user.name).ljust(store.facts.get("shortest_table", 1), "_") for user in users},
        **{name: store.facts.get(name) for name in ("engine", "database", "user")},
    }


def listing(resource: Resource) -> str:
    """How `list` finds its items: query (of a scope), index, or scan."""
    if resource.list_by:
        return "index"
    return "query" if resource.scope else "scan"


def resource_faults(
    resource: Resource, data: Mapping[str, Any], stores: Mapping[str, Part], blueprint: Blueprint, keeps: bool
) -> Iterator[Diagnostic]:
    """What can't be about one resource and the stores that it uses; `keeps` says whether its operations need one."""
    source, here = blueprint.source, ["resources", resource.name]
    named = stores_touched(data)
    for name in named:
        yield from unknown_store(name, stores, source.span([*here, "data_store"]))
    if not data["operations"] and not data["routes"]:
        hint = "operations: [list, create, read, update, delete], or routes"
        yield Diagnostic(f"the resource {resource.name!r} offers nothing", source.span(here, of="key"), hint)
    if keeps and not named:
        hint = "say `data_store:`, or list `routes` instead, which need none"
        place = source.span([*here, "operations"], of="key")
        yield Diagnostic(f"the operations of {resource.name!r} need a data store", place, hint)
    attributes = [scope.attribute for scope in resource.scope] + [resource.id]
    columns = [snake(name) for name in attributes]
    twice = next((attributes[n] for n, column in enumerate(columns) if column in columns[:n]), None)
    if twice:
        message = f"the items of {resource.name!r} would have the key attribute {twice!r} twice"
        hint = "give the item another `id`, or the path another parameter; capitals don't tell columns apart"
        yield Diagnostic(message, source.span([*here, "id"], of="key"), hint)
    store = stores.get(named[0]) if named else None
    if store is None:
        return
    most = store.facts.get("max_scope")
    if most is not None and len(resource.scope) > most:
        fields = " and ".join(scope.attribute for scope in resource.scope)
        hint = "leave out `owner` or the parameter in `path`, or keep the items in a relational store"
        yield Diagnostic(
            f"a key of {store.name!r} can't hold {fields} beside the item's id",
            source.span([*here, "path"], of="key"),
            hint,
        )
        return
    taken = [name for name in attributes if snake(name) in store.facts.get("reserved", ())]
    if taken:
        message = f"the store {store.name!r} has a column {snake(taken[0])!r} of its own"
        yield Diagnostic(
            message, source.span([*here, "id"], of="key"), "give the item another `id`, or the path another parameter"
        )
    yield from _index_faults(resource, data, store, blueprint)
    yield from key_faults(resource, store, blueprint)


def index_faults(store: Part, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Indexes of a store whose two key attributes are one."""
    for name, index in store.view.get("indexes", {}).items():
        if index["sort_key"] and index["sort_key"]["name"] == index["partition_key"]["name"]:
            place = blueprint.source.span(["data_stores", store.name, "indexes", name, "sort_key"])
            message = f"the index {name!r} of {store.name!r} is sorted by the key that its items have in common"
            yield Diagnostic(message, place, "leave `sort_key` out, or name another attribute")


def unknown_store(name: str, stores: Mapping[str, Part], place: Span) -> Iterator[Diagnostic]:
    """A data store that is named at `place` and not there."""
    if name not in stores:
        close = get_close_matches(name, stores, n=1)
        known = f"known: {', '.join(stores)}" if stores else "declare it under data_stores"
        hint = f"did you mean {close[0]!r}?" if close else known
        yield Diagnostic(f"there is no data store {name!r}", place, hint)


def _index_faults(
    resource: Resource, data: Mapping[str, Any], store: Part, blueprint: Blueprint
) -> Iterator[Diagnostic]:
    wanted = data.get("list_by")
    if wanted and wanted not in store.options.get("indexes", {}):
        known = ", ".join(store.options.get("indexes", {})) or "none"
        place = blueprint.source.span(["resources", resource.name, "list_by"])
        yield Diagnostic(f"{store.name!r} has no index {wanted!r}", place, f"its indexes: {known}")
    elif wanted and resource.scope:
        place = blueprint.source.span(["resources", resource.name, "list_by"])
        yield Diagnostic(
            "list_by would show items of other owners", place, "leave it out: `list` queries the owner's items"
        )


def key_faults(resource: Resource, store: Part, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Keys that the blueprint names for a store and that don't fit the resource."""
    key = store.view.get("key", {})
    for name, said in (("partition_key", key.get("partition")), ("sort_key", key.get("sort"))):
        if said and said["type"] != "S":
            message = f"the key {said['name']!r} of {store.name!r} is a number, but ids of items are text"
            place = blueprint.source.span(["data_stores", store.name, name])
            yield Diagnostic(message, place, "leave out `type`; the key of an index may be a number")
    wanted = [scope.attribute for scope in resource.scope] + [resource.id]
    have = [a["name"] for a in (key.get("partition"), key.get("sort")) if a]
    if store.facts.get("container") == "store" and have != wanted:
        place = blueprint.source.span(["data_stores", store.name], of="key")
        message = (
            f"the key of {store.name!r} is {' + '.join(have)}, but items of {resource.name!r} have {' + '.join(wanted)}"
        )
        hint = "give each of them a data store, or name partition_key and sort_key so that they fit"
        yield Diagnostic(message, resource.span, hint, related=(place,))
