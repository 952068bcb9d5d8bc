"""Files in which several components have their part: how the parts become one.

A runtime's component says under `joined` which files these are, and which of JOINED puts them together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any


def lines(*texts: str) -> str:
    """Each line once: comments (#) first, the others sorted."""
    found = dict.fromkeys(line for text in texts for line in text.splitlines() if line.strip())
    comments = [line for line in found if line.startswith("#")]
    return "".join(f"{line}\n" for line in comments + sorted(set(found) - set(comments), key=str.lower))


def maps(*texts: str) -> str:
    """JSON objects, one laid over the other; what stands in an object within them is sorted by name."""
    made: dict[str, Any] = {}
    for text in texts:
        _lay(made, json.loads(text) if text.strip() else {})
    return json.dumps({name: _sorted(value) for name, value in made.items()}, indent=2) + "\n"


JOINED: Mapping[str, Callable[..., str]] = {"lines": lines, "maps": maps}


def _lay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for name, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(name), dict):
            _lay(below[name], value)
        else:
            below[name] = value


def _sorted(value: Any) -> Any:
    return {name: _sorted(value[name]) for name in sorted(value)} if isinstance(value, Mapping) else value
