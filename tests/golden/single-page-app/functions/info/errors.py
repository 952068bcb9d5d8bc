"""What can keep a request from being answered as asked, each with the status that HTTP has for it."""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """Base of all below. The message is for the client: never put anything internal into it.

    Raised as it is, it stands for a fault of ours (500).
    """

    status = 500
    code = ""
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, message: str = "The request could not be completed") -> None:
        super().__init__(message)


class InvalidRequest(ApiError):
    status = 400
    code = "invalid_request"


class NotSignedIn(ApiError):
    status = 401
    code = "not_signed_in"


class Forbidden(ApiError):
    status = 403
    code = "forbidden"


class NotFound(ApiError):
    status = 404
    code = "not_found"


class Conflict(ApiError):
    status = 409
    code = "conflict"


class Exists(Conflict):
    """An item with the id of a new one is there already: `item`."""

    def __init__(self, item: dict[str, Any]) -> None:
        super().__init__("An item with this id exists already")
        self.item = item


class Changed(ApiError):
    """The item is not any more, or never was, what the caller took it for (`If-Match`)."""

    status = 412
    code = "changed"

    def __init__(self, message: str = "The item has been changed since it was read") -> None:
        super().__init__(message)


class UnsupportedMediaType(ApiError):
    status = 415
    code = "unsupported_media_type"


class NotBuilt(ApiError):
    """A route that nobody has written yet."""

    status = 501
    code = "not_built"


class Unavailable(ApiError):
    """The data store throttles us or can't be reached: the same request may work in a moment."""

    status = 503
    code = "unavailable"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}

    def __init__(self, message: str = "The data store is busy or can't be reached") -> None:
        super().__init__(message)
