"""Connects to Valkey, always over TLS; the server proves that it is the one that was named."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

from valkey import CredentialProvider
from valkey.backoff import NoBackoff
from valkey.cluster import ValkeyCluster
from valkey.retry import Retry

import valkey_sign_in

# A cache that takes longer than this is slower than what it stands before.
CONNECT_SECONDS, ANSWER_SECONDS = 1.0, 0.3
KEPT_SECONDS = 11 * 3600  # after twelve hours ElastiCache ends a connection that a token opened
IDLE_SECONDS = 30  # then ask whether the connection is still there: Lambda may have been frozen

_kept: tuple[float, Any] | None = None


class _SignIn(CredentialProvider):
    def get_credentials(self) -> tuple[str, str]:
        return valkey_sign_in.current()


def client() -> Any:
    """The client, kept as long as Lambda keeps the execution environment.

    No command is sent twice: a write whose answer got lost may have happened.
    """
    global _kept
    if _kept is None or time.time() - _kept[0] > KEPT_SECONDS:
        close()
        _kept = (time.time(), _open())
    return _kept[1]


def close() -> None:
    """Let go of the client, and of what it signed in with; the next command opens a new one."""
    global _kept
    if _kept is not None:
        with suppress(Exception):  # it may be dead already
            _kept[1].close()
    _kept = None
    valkey_sign_in.forget()


def _open() -> Any:
    return ValkeyCluster(
        host=os.environ["SHOWS_CACHE_HOST"],
        port=int(os.environ["SHOWS_CACHE_PORT"]),
        ssl=True,
        ssl_cert_reqs="required",
        ssl_check_hostname=True,
        credential_provider=_SignIn(),
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=IDLE_SECONDS,
        retry=Retry(NoBackoff(), 1),  # of connecting, and of asking whether the connection is there
        cluster_error_retry_attempts=0,
        require_full_coverage=False,
        decode_responses=True,
        lib_name=None,
        lib_version=None,
    )
