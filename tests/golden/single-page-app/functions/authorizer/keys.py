"""The issuer's public keys, kept for the life of this execution environment."""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

import jwt

from errors import Refused

FRESH_SECONDS = 3600  # keys that the issuer withdrew are forgotten after this
PAUSE_SECONDS = 30  # between two downloads: tokens with invented keys must not make us a nuisance
TIMEOUT_SECONDS = 3
MAX_BYTES = 256 * 1024
ASYMMETRIC = ("RSA", "EC", "OKP")

logger = logging.getLogger(__name__)


class KeysUnavailable(Exception):
    """The issuer can't be reached and no key is known: nobody's fault who calls, so API Gateway answers 500."""


class KeySet:
    """The keys at an address (a JWK set). An issuer rotates them: an unknown one is looked for again."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._keys: Mapping[str, Any] = {}
        self._fetched = self._tried = float("-inf")

    def find(self, kid: Any) -> Any:
        """The key named `kid`. Raises Refused if the issuer has none, KeysUnavailable if it can't be asked."""
        now = time.time()
        if not isinstance(kid, str) or not kid:
            raise Refused("the token names no key")
        stale = kid not in self._keys or now - self._fetched > FRESH_SECONDS
        if stale and (not self._keys or now - self._tried > PAUSE_SECONDS):
            self._refresh(now)
        if not self._keys:
            raise KeysUnavailable("the issuer's keys can't be had")
        if kid not in self._keys:
            raise Refused("the issuer has no such key")
        return self._keys[kid]

    def _refresh(self, now: float) -> None:
        """Fetch the keys anew; while the issuer is down, those that are known go on."""
        self._tried = now
        try:
            self._keys = _usable(_download(self._address))
            self._fetched = now
        except (OSError, HTTPException, ValueError, jwt.PyJWTError) as error:
            logger.warning("the issuer's keys can't be had: %s", type(error).__name__)


def _download(address: str) -> Any:
    # The address is the blueprint's, which takes https alone.
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return json.loads(answer.read(MAX_BYTES))


def _usable(document: Any) -> dict[str, Any]:
    """The public keys for signatures, by name; keys that are shared secrets or for encryption are none."""
    if not isinstance(document, Mapping):
        raise ValueError("the answer is no JWK set")
    return {
        key.key_id: key.key
        for key in jwt.PyJWKSet.from_dict(dict(document)).keys
        if key.key_id and key.key_type in ASYMMETRIC and key.public_key_use in (None, "sig")
    }
