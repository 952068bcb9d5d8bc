"""What cached.py asks of a cache, as Valkey does it."""

from __future__ import annotations

from valkey import ValkeyError
from valkey.exceptions import ValkeyClusterException

import errors
import valkey_client

# Whatever the cache may do wrong, the secret that can't be read among it.
FAILURES = (ValkeyError, ValkeyClusterException, OSError, ValueError, errors.Unavailable)

# Nothing comes between the look and the change: the server runs a script as one command.
SWAP = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
"""


def get(key: str) -> str | None:
    """The value under a key, or None."""
    value: str | None = valkey_client.client().get(key)
    return value


def add(key: str, value: str, seconds: int) -> bool:
    """Put a value where there is none; whether there was none."""
    return bool(valkey_client.client().set(key, value, ex=seconds, nx=True))


def swap(key: str, old: str, new: str, seconds: int) -> None:
    """Put the value `new` where `old` still is."""
    valkey_client.client().eval(SWAP, 1, key, old, new, seconds)


def delete(*keys: str) -> None:
    """Forget what is under the keys: one by one, for they may be on different nodes."""
    for key in keys:
        valkey_client.client().delete(key)
