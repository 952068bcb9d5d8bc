"""What the routes of parcels do: the rules of the business belong here.

Nothing in this file knows AWS: requests come in checked, and what a function returns is the body of
the answer. What can't be answered is raised, as one of the errors in errors.py.
"""

from __future__ import annotations

from typing import Any

import errors
import items
import paging
import repository
from items import ID
from request import Request


def scope_of(request: Request) -> dict[str, str]:
    """Whose items a request is about: part of every key, and never what a body says."""
    return {}


def list_parcels(request: Request) -> Any:
    """GET /parcels"""
    found = repository.list_page(
        scope_of(request),
        request.required("customer"),
        *paging.bounds(request),
    )
    return paging.page(*found)


def create_parcel(request: Request) -> Any:
    """POST /parcels"""
    scope, fields = scope_of(request), items.checked(request.fields())
    try:
        return repository.create(scope, items.id_for(scope, request.idempotency_key()), fields)
    except errors.Exists as before:
        return items.unchanged(before.item, fields)


def read_parcel(request: Request) -> Any:
    """GET /parcels/{id}"""
    return repository.read(scope_of(request), request.path(ID))


def update_parcel(request: Request) -> Any:
    """PUT /parcels/{id}"""
    scope, fields = scope_of(request), items.checked(request.fields())
    return repository.update(scope, request.path(ID), fields, request.if_match())


def delete_parcel(request: Request) -> Any:
    """DELETE /parcels/{id}"""
    repository.delete(scope_of(request), request.path(ID), request.if_match())
