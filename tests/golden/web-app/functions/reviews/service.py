"""What the routes of reviews do: the rules of the business belong here.

Nothing in this file knows AWS: requests come in checked, and what a function returns is the body of
the answer. What can't be answered is raised, as one of the errors in errors.py.
"""

from __future__ import annotations

from typing import Any

import errors
import items
import paging
import repository
from request import Request


def scope_of(request: Request) -> dict[str, str]:
    """Whose items a request is about: part of every key, and never what a body says."""
    return {"bookId": request.path("bookId")}


def list_reviews(request: Request) -> Any:
    """GET /books/{bookId}/reviews"""
    found = repository.list_page(
        scope_of(request),
        *paging.bounds(request),
    )
    return paging.page(*found)


def create_review(request: Request) -> Any:
    """POST /books/{bookId}/reviews"""
    scope, fields = scope_of(request), items.checked(request.fields())
    try:
        return repository.create(scope, items.id_for(scope, request.idempotency_key()), fields)
    except errors.Exists as before:
        return items.unchanged(before.item, fields)
