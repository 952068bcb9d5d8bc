"""A template with one thing wrong, to see that what has to find it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

GONE = object()  # the value of what is to be taken away
DIGEST = re.compile(r"[0-9a-f]{8}")


def broken(template: Mapping[str, Any], place: str, value: Any) -> Mapping[str, Any]:
    """A copy of `template` with `value` at `place`; an ID that ends in a digest is named without it."""
    copy: dict[str, Any] = deepcopy(dict(template))
    *above, last = place.split("/")
    here: Any = copy
    for step in above:
        here = here[_key(here, step)]
    if value is GONE:
        del here[_key(here, last)]
    else:
        here[_key(here, last)] = value
    return copy


def _key(here: Any, step: str) -> Any:
    if isinstance(here, list):
        return int(step)
    if step in here:
        return step
    return next((key for key in here if key[:-8] == step and DIGEST.fullmatch(key[-8:])), step)
