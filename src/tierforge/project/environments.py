"""What is known of each environment, turned into what the documents tell of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# What scripts need of whichever environment has it.
SHARED = ("functions", "release_parts", "downloads", "prefix_lists", "migrations", "tests", "languages", "otherwise")
# What people are told of, and the key of its text ("" where it is a text itself).
TOLD = {
    "auth_notes": "",
    "api_notes": "",
    "parameters": "description",
    "outputs": "description",
    "filled": "type",
    "retained": "why",
}


def united(contexts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The first of `contexts`, which go by environment, with lists that hold what any of them has, each entry once.

    What people are told of, and not all environments have, says which ones do.
    """
    first, *_ = contexts.values()
    shared = {name: [entry for entry, _ in _entries(contexts, name)] for name in SHARED}
    told = {name: [_of(where, entry, key) for entry, where in _entries(contexts, name)] for name, key in TOLD.items()}
    return {**first, **shared, **told}


def _entries(contexts: Mapping[str, Mapping[str, Any]], name: str) -> Iterator[tuple[Any, list[str]]]:
    """Each entry of the lists of that name, and the environments that have it where some are without it."""
    found: dict[str, tuple[Any, list[str]]] = {}
    for environment, context in contexts.items():
        for entry in context[name]:
            found.setdefault(repr(entry), (entry, []))[1].append(environment)
    yield from ((entry, where if len(where) < len(contexts) else []) for entry, where in found.values())


def _of(where: list[str], entry: Any, key: str) -> Any:
    alone = f" ({', '.join(where)})" if where else ""
    return {**entry, key: entry[key] + alone} if key else entry + alone
