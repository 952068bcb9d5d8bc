"""Why somebody is not let in."""

from __future__ import annotations


class Refused(Exception):
    """The request has no token that is good. The message is for our log: it says why, never what the token was."""


class Unauthorized(Exception):
    """What API Gateway answers with 401: it knows the word, and takes every other error for a fault of ours (500)."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")
