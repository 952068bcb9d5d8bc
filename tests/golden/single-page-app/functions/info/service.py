"""What the routes of info do: the rules of the business belong here.

Nothing in this file knows AWS: requests come in checked, and what a function returns is the body of
the answer. What can't be answered is raised, as one of the errors in errors.py.
"""

from __future__ import annotations

from typing import Any

import paging
import repository
from items import ID
from request import Request


def scope_of(request: Request) -> dict[str, str]:
    """Whose items a request is about: part of every key, and never what a body says."""
    return {}


def list_info(request: Request) -> Any:
    """GET /info"""
    found = repository.list_page(
        scope_of(request),
        *paging.bounds(request),
    )
    return paging.page(*found)


def read_info(request: Request) -> Any:
    """GET /info/{id}"""
    return repository.read(scope_of(request), request.path(ID))
