"""An issuer with an API behind it, on this machine: codes with PKCE, refresh tokens, client credentials."""

from __future__ import annotations

import hashlib
import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

SECRET = "a/secret+of=a machine"


@dataclass
class Issuer:
    """What it was asked, and what it knows: `challenges` by code, the tokens that are good, the grants that it made."""

    url: str
    challenges: dict[str, str] = field(default_factory=dict)
    good: set[str] = field(default_factory=set)
    grants: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    items: list[dict[str, str]] = field(default_factory=list)
    lives: int = 3600  # seconds that a token lives
    code: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = field(
        default_factory=dict
    )  # by path: what it makes of an item

    def token(self, grant: dict[str, str], basic: str) -> dict[str, Any] | None:
        """The tokens for a grant, or None where it is refused."""
        kind = grant["grant_type"]
        if kind == "authorization_code":
            digest = hashlib.sha256(grant["code_verifier"].encode()).digest()
            allowed = self.challenges.pop(grant["code"], "") == urlsafe_b64encode(digest).decode().rstrip("=")
        elif kind == "refresh_token":
            allowed = grant["refresh_token"] == "refresh"
        else:
            name, _, secret = b64decode(basic).decode().partition(":")
            allowed = (unquote(name), unquote(secret)) == ("machine", SECRET) or (name, secret) == ("machine", SECRET)
        if not allowed:
            return None
        self.grants.append(kind)
        access = f"access-{len(self.grants)}"
        self.good = {access}
        more = {"id_token": f"id-{access}", "refresh_token": "refresh"} if kind == "authorization_code" else {}
        return {"access_token": access, "expires_in": self.lives, "token_type": "Bearer", **more}


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            if address.path == "/.well-known/openid-configuration":
                ends = {"authorization_endpoint": "authorize", "token_endpoint": "token"}
                self.answer(200, {name: f"{issuer.url}/{path}" for name, path in ends.items()})
            elif address.path == "/authorize":
                issuer.asked.append(query)
                issuer.challenges["code"] = query["code_challenge"]
                self.back(query["redirect_uri"], {"code": "code", "state": query["state"]})
            elif address.path == "/logout":
                issuer.asked.append(query)
                self.back(query["logout_uri"], {})
            else:
                self.api()

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/token":
                self.exchange(text)
            else:
                self.api(json.loads(text))

        def exchange(self, text: str) -> None:
            """Tokens for a grant, or a refusal."""
            grant = {name: values[0] for name, values in parse_qs(text).items()}
            tokens = issuer.token(grant, self.headers.get("Authorization", "").removeprefix("Basic "))
            self.answer(200 if tokens else 400, tokens or {"error": "invalid_grant"})

        def api(self, item: dict[str, str] | None = None) -> None:
            """Keeps an item, or shows those that it has, to whoever has a good token or signs the request."""
            said = self.headers.get("Authorization", "")
            token = said.removeprefix("Bearer ").removeprefix("id-")
            if token not in issuer.good and not said.startswith("AWS4-HMAC-SHA256 "):
                self.answer(401, {"message": "Unauthorized"})
            elif item is not None:
                made = issuer.code[self.path](item) if self.path in issuer.code else item
                issuer.items.append({"id": f"item-{len(issuer.items)}", **made})
                self.answer(201, issuer.items[-1])
            elif (name := self.path.rpartition("/")[2]) in (kept := {each["id"]: each for each in issuer.items}):
                self.answer(200, kept[name])
            else:
                self.answer(200, {"items": issuer.items} if issuer.items else {"path": self.path, "token": token})

        def back(self, address: str, query: dict[str, str]) -> None:
            self.send_response(302)
            self.send_header("Location", f"{address}?{urlencode(query)}" if query else address)
            self.end_headers()

        def answer(self, status: int, body: dict[str, Any]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer that listens; its API is at every other path."""
    issuer = Issuer("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(issuer))
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
