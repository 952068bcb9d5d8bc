"""Pages of a list: `?limit=` and `?nextToken=` in, `{"items": [...], "nextToken": "..."}` out.

A token says where the last item of the page stands, and nothing else. Whose items they are is worked
out anew from every request, so that a token, however it is forged, never leads to someone else's.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from errors import InvalidRequest
from request import Request

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
MAX_POSITION_BYTES = 4096  # an id, and what an index sorts by


def bounds(request: Request) -> tuple[int, str]:
    """How many items a page may have, and where it starts after ("" is the start)."""
    return _limit(request.query("limit")), _position(request.query("nextToken"))


def page(items: list[dict[str, Any]], last: str) -> dict[str, Any]:
    """The body of an answer: `last` is where to go on after, "" where the list ends."""
    if not last:
        return {"items": items}
    position = json.dumps({"after": last}, separators=(",", ":"))
    token = base64.urlsafe_b64encode(position.encode())
    return {"items": items, "nextToken": token.decode().rstrip("=")}


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidRequest(f"limit must be a number from 1 to {MAX_LIMIT}")
    return int(text)


def _position(token: str) -> str:
    if not token:
        return ""
    try:
        padded = token + "=" * (-len(token) % 4)
        content = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidRequest("nextToken is not valid") from None
    after = content.get("after") if isinstance(content, dict) else None
    if not (isinstance(after, str) and after.isprintable()):
        raise InvalidRequest("nextToken is not valid")
    if not 0 < len(after.encode()) <= MAX_POSITION_BYTES:
        raise InvalidRequest("nextToken is not valid")
    return after
