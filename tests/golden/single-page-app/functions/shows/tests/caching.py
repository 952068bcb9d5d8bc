"""A cache in memory for every test: what it does for sure, a real one does too."""

from __future__ import annotations

import pytest

import cache
import cached


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the cache holds, by key; nothing goes by itself."""
    values: dict[str, str] = {}

    def add(key: str, value: str, _seconds: int) -> bool:
        return values.setdefault(key, value) is value

    def swap(key: str, old: str, new: str, _seconds: int) -> None:
        if values.get(key) == old:
            values[key] = new

    def delete(*keys: str) -> None:
        for key in keys:
            values.pop(key, None)

    for name, does in {"get": values.get, "add": add, "swap": swap, "delete": delete}.items():
        monkeypatch.setattr(cache, name, does)
    monkeypatch.setattr(cached, "_rests_until", 0.0)
    monkeypatch.setenv("SHOWS_CACHE_TTL_SECONDS", "60")
    return values
