"""What every answer has in common: its headers and the form of an error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from errors import ApiError

EXPOSED = "ETag, Location, Retry-After"  # what else a browser lets a page read


def headers_with(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The headers of an answer. `ALLOWED_ORIGIN` is set where browsers of another origin may call."""
    headers = {"X-Content-Type-Options": "nosniff", **(more or {})}
    if origin := os.environ.get("ALLOWED_ORIGIN"):
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": EXPOSED,
            "Vary": "Origin",
        }
    return headers


def etag_of(item: Mapping[str, Any]) -> dict[str, str]:
    """The header with what a client sends back as `If-Match`; none where another program wrote the item."""
    return {"ETag": f'"{item["etag"]}"'} if item.get("etag") else {}


def problem(error: ApiError, request_id: str) -> dict[str, str]:
    """The body of an error, in the form that API Gateway's own errors have too."""
    code = {"code": error.code} if error.code else {}
    return {"message": str(error), **code, "requestId": request_id}
