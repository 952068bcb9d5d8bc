"""What the cache is for, and what it must never do."""

from __future__ import annotations

import pytest
from events import SCOPE
from store import Store

import cache
import cached
import errors
import repository

FIELDS = {"note": "first"}


def test_what_was_read_is_read_from_the_cache(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id = store.add(FIELDS)
    first = cached.read(SCOPE, item_id)
    monkeypatch.setattr(repository, "read", None)
    assert cached.read(SCOPE, item_id) == first


def test_what_is_not_there_is_asked_for_again(store: Store, kept: dict[str, str]) -> None:
    with pytest.raises(errors.NotFound):
        cached.read(SCOPE, "nothing")
    assert all(value.startswith(cached.MARK) for value in kept.values())


def test_another_value_under_the_key_is_not_believed(store: Store, kept: dict[str, str]) -> None:
    item_id = store.add(FIELDS)
    cached.read(SCOPE, item_id)
    for wrong in ("{", "[]", "null", '{"id": "another"}'):
        kept.update(dict.fromkeys(kept, wrong))
        assert cached.read(SCOPE, item_id)["note"] == "first"


def test_the_store_answers_while_the_cache_can_not(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise cache.FAILURES[0]

    for name in ("get", "add", "swap", "delete"):
        monkeypatch.setattr(cache, name, fail)
    assert cached.read(SCOPE, store.add(FIELDS))["note"] == "first"
    assert capsys.readouterr().out.count('"CacheErrors": 1') == 1
