"""Calls the API from a program that no user sits at: a token for its client id and secret (OAuth client credentials).

CLIENT_ID and CLIENT_SECRET are those of a client that is registered with the issuer for programs. The secret comes
from wherever the program keeps secrets: never from a file beside it.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

ISSUER = os.environ.get("ISSUER", "https://login.example.com/")
SCOPE = os.environ.get("SCOPE", "")
AUDIENCE = os.environ.get("AUDIENCE", "box-office")


@dataclass
class Client:
    """A client id and its secret; one token serves until a minute before it ends."""

    client_id: str
    secret: str = field(repr=False)
    _token: str = field(default="", repr=False)
    _ends: float = 0.0

    def call(self, url: str, method: str = "GET", body: bytes | None = None) -> bytes:
        """The API's answer. Raises urllib.error.HTTPError for a status of 400 or more."""
        try:
            return self._send(url, method, body)
        except urllib.error.HTTPError as fault:
            if fault.code != 401:
                raise
            self._ends = 0.0  # the token was revoked: a new one, once
            return self._send(url, method, body)

    def _send(self, url: str, method: str, body: bytes | None) -> bytes:
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        return _answer(urllib.request.Request(url, body, headers, method=method))  # noqa: S310

    def token(self) -> str:
        """An access token, asked for when there is none that is good."""
        if time.monotonic() > self._ends - 60:
            found: dict[str, Any] = json.loads(_answer(f"{ISSUER.rstrip('/')}/.well-known/openid-configuration"))
            wanted = {"grant_type": "client_credentials", "scope": SCOPE, "audience": AUDIENCE}
            form = urllib.parse.urlencode({name: value for name, value in wanted.items() if value}).encode()
            pair = f"{urllib.parse.quote(self.client_id, '')}:{urllib.parse.quote(self.secret, '')}".encode()
            headers = {"Authorization": f"Basic {b64encode(pair).decode()}"}
            tokens = json.loads(_answer(urllib.request.Request(found["token_endpoint"], form, headers)))  # noqa: S310
            self._token, self._ends = tokens["access_token"], time.monotonic() + tokens["expires_in"]
        return self._token


def _answer(request: urllib.request.Request | str) -> bytes:
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return bytes(answer.read())


if __name__ == "__main__":
    # python machine.py https://….execute-api.….amazonaws.com/STAGE/PATH
    print(Client(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]).call(sys.argv[1]).decode())
