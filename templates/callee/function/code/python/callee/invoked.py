"""What this function answers when another function calls it, rather than a client or an event.

It is sent `{"invocation": payload}` (invoke.py of the caller does so); clients of the API can't send that. The
caller has checked who asks: put into the payload what has to be known of that.
"""

from __future__ import annotations

import json
from typing import Any

import errors
from documents import dumps


def answer(payload: Any) -> Any:
    """What the caller gets, as JSON has it. An error of errors.py is raised there again, with its message."""
    return json.loads(dumps(work(payload)))


def work(payload: Any) -> Any:
    """The rules of the business belong here."""
    raise errors.NotBuilt("Calls of this function are not built yet")
