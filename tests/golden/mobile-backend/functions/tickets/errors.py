"""What can keep a request from being answered as asked, each with the status that HTTP has for it."""

from __future__ import annotations

from typing import ClassVar


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
