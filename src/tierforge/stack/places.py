"""A path with `*` in it, turned into the places of a blueprint that it leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tierforge.model import Where


def places_of(where: Sequence[str | int], data: Any, so_far: Where = ()) -> Iterator[tuple[Where, Any]]:
    """Every place below `data` that `where` leads to and at which something is asked for, with what stands there.

    A `*` stands for every key of a map or entry of a list.
    """
    if not where:
        if data not in (None, False, "OFF"):
            yield so_far, data
    elif where[0] == "*":
        children = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
        for key, value in children:
            yield from places_of(where[1:], value, (*so_far, key))
    elif isinstance(data, Mapping) and where[0] in data:
        yield from places_of(where[1:], data[where[0]], (*so_far, where[0]))
