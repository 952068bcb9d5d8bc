"""Items of shows by way of the cache shows-cache: the functions of repository.py, which it stands before.

Reads ask the cache and fill it; writes go to the store, and then the cache forgets. Whatever is wrong with the cache is
counted and logged, and the store answers.

A value that was read before a write must not be kept after it. So who misses leaves a mark under the key and keeps
what the store says only if that mark is still there: a write takes away the mark with the value. Pages are kept
under a name of all pages of a scope, made at random: a write takes it away, and no page is ever found by it again. A
write whose cache can't be reached leaves what is there to its last second: an item is at most that old. What a store
says late, of a replica or of an index, is kept as it was said.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import cache
import documents
import items
import repository
from items import ID, Item

PREFIX = "shows-cache:shows:"
REST_SECONDS = 5  # without the cache after it failed: one request waits for it, not each of them
MARK = "reading "  # JSON never begins like this
MARK_SECONDS = 10
PAGES_SECONDS = 86_400
MAX_CHARACTERS = 500_000  # larger values cost more than they save

_rests_until = 0.0


def list_page(scope: Mapping[str, str], limit: int, after: str) -> tuple[list[Item], str]:
    """Up to `limit` items after the id `after`, and where to go on ("" at the end)."""

    def ask() -> dict[str, Any]:
        found, following = repository.list_page(scope, limit, after)
        return {"items": found, "next": following}

    pages = _pages(scope)
    page = _through(_key(scope, pages, str(limit), after), ask, _is_page) if pages else ask()
    return page["items"], page["next"]


def read(scope: Mapping[str, str], item_id: str) -> Item:
    """The item with this id, as it was at most SHOWS_CACHE_TTL_SECONDS ago."""

    def is_item(value: Any) -> bool:
        return isinstance(value, dict) and value.get(ID) == item_id

    return _through(_key(scope, "item", item_id), lambda: repository.read(scope, item_id), is_item)


def _through(key: str, ask: Callable[[], Item], fits: Callable[[Any], bool]) -> Item:
    """What the cache has under `key`, or else what the store says, kept for the next who asks.

    What is not there (NotFound) is not kept: it may be made in a moment.
    """
    kept = _tried(cache.get, key)
    if kept and not kept.startswith(MARK):
        value = _parsed(kept)
        if fits(value):
            return dict(value)
        _count("a value that is none of ours")
        _tried(cache.delete, key)
        kept = None
    mark = MARK + secrets.token_hex(8)
    marked = kept is None and _tried(cache.add, key, mark, MARK_SECONDS)
    answer = ask()
    text = documents.dumps(answer)
    if marked and len(text) <= MAX_CHARACTERS:
        _tried(cache.swap, key, mark, text, _seconds())
    return answer


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _seconds() -> int:
    """How long to keep a value: up to a tenth less than said, so that not all go at once."""
    longest = int(os.environ["SHOWS_CACHE_TTL_SECONDS"])
    return longest - secrets.randbelow(longest // 10 + 1)


def _is_page(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("items"), list)
        and all(isinstance(item, dict) for item in value["items"])
        and isinstance(value.get("next"), str)
    )


def _pages(scope: Mapping[str, str]) -> str:
    """The name that all pages of a scope are kept under until the next write; "" without the cache."""
    key, fresh = _key(scope, "pages"), secrets.token_hex(8)
    return _tried(cache.get, key) or (fresh if _tried(cache.add, key, fresh, PAGES_SECONDS) else "")


def _key(scope: Mapping[str, str], *parts: str) -> str:
    """Whose it is and what it is, as a digest: of one length, whatever clients put into an id."""
    names = [[scope[name] for name in items.SCOPE], *parts]
    named = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
    return PREFIX + hashlib.sha256(named.encode()).hexdigest()


def _tried(call: Callable[..., Any], *arguments: Any, always: bool = False) -> Any:
    """What the cache answers; None if it can't, or rests after it could not."""
    global _rests_until
    if time.monotonic() < _rests_until and not always:
        return None
    try:
        return call(*arguments)
    except cache.FAILURES as error:
        _rests_until = time.monotonic() + REST_SECONDS
        _count(type(error).__name__)
        return None


def _count(what: str) -> None:
    """A line of the log that CloudWatch counts as a metric (its embedded metric format)."""
    metric = {
        "Namespace": "box-office-web",
        "Dimensions": [["Cache"]],
        "Metrics": [{"Name": "CacheErrors", "Unit": "Count"}],
    }
    line = {
        "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [metric]},
        "level": "WARNING",
        "message": "the store answers without the cache",
        "reason": what,
        # what the alarm goes by: no cache of another stack has this name
        "Cache": os.environ.get("SHOWS_CACHE_HOST", ""),
        "CacheErrors": 1,
    }
    print(json.dumps(line))
