"""What every answer has in common: its headers and the form of an error."""

from __future__ import annotations

import os
from collections.abc import Mapping

from errors import ApiError


def headers_with(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The headers of an answer. `ALLOWED_ORIGIN` is set where browsers of another origin may call."""
    headers = {"X-Content-Type-Options": "nosniff", **(more or {})}
    if origin := os.environ.get("ALLOWED_ORIGIN"):
        headers |= {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    return headers


def problem(error: ApiError, request_id: str) -> dict[str, str]:
    """The body of an error, in the form that API Gateway's own errors have too."""
    code = {"code": error.code} if error.code else {}
    return {"message": str(error), **code, "requestId": request_id}
