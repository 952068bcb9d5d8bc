"""What the routes of tickets do: the rules of the business belong here.

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
    return {"owner": request.claim("sub")}


def list_tickets(request: Request) -> Any:
    """GET /tickets"""
    found = repository.list_page(
        scope_of(request),
        *paging.bounds(request),
    )
    return paging.page(*found)


def create_ticket(request: Request) -> Any:
    """POST /tickets"""
    scope, fields = scope_of(request), items.checked(request.fields())
    try:
        return repository.create(scope, items.id_for(scope, request.idempotency_key()), fields)
    except errors.Exists as before:
        return items.unchanged(before.item, fields)


def read_ticket(request: Request) -> Any:
    """GET /tickets/{id}"""
    return repository.read(scope_of(request), request.path(ID))


def update_ticket(request: Request) -> Any:
    """PUT /tickets/{id}"""
    scope, fields = scope_of(request), items.checked(request.fields())
    return repository.update(scope, request.path(ID), fields, request.if_match())


def delete_ticket(request: Request) -> Any:
    """DELETE /tickets/{id}"""
    repository.delete(scope_of(request), request.path(ID), request.if_match())
