"""An issuer on this machine: it signs tokens and publishes its keys."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NAME = "https://login.example.com/"


def rsa_key() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """`published` are its keys by name, `uses` what they are for; `up` is false when it is away; `asked` counts."""

    def __init__(self) -> None:
        self.first = rsa_key()
        self.curve = ec.generate_private_key(ec.SECP256R1())
        self.reset()

    def reset(self) -> None:
        self.published: dict[str, Any] = {"first": self.first, "curve": self.curve}
        self.uses: dict[str, str] = {}
        self.up = True
        self.asked = 0

    def document(self) -> bytes:
        kinds = {"curve": jwt.algorithms.ECAlgorithm}
        keys = [
            {
                "kid": kid,
                "use": self.uses.get(kid, "sig"),
                **kinds.get(kid, jwt.algorithms.RSAAlgorithm).to_jwk(key.public_key(), True),
            }
            for kid, key in self.published.items()
        ]
        return json.dumps({"keys": keys}).encode()

    def sign(
        self, key: Any = None, kid: str | None = "first", algorithm: str = "RS256", **claims: Any
    ) -> str:
        """A token; `claims` are those that differ from a good one's, None takes one away."""
        now = int(time.time())
        good = {"iss": NAME, "aud": "box-office", "sub": "ann", "iat": now, "exp": now + 300}
        more = {
            "groups": ["editors", "staff", "no, name"],
            "scope": "openid read",
            "vip": True,
            "n": 1,
        }
        said = {k: v for k, v in {**good, **more, **claims}.items() if v is not None}
        headers = {"kid": kid} if kid is not None else None
        return jwt.encode(said, key or self.first, algorithm, headers)


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        issuer.asked += 1
        self.send_response(200 if issuer.up else 503)
        self.end_headers()
        self.wfile.write(issuer.document())

    def log_message(self, *_: Any) -> None:
        pass


issuer = Issuer()
_server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
threading.Thread(target=_server.serve_forever, daemon=True).start()

VARIABLES = {
    "OIDC_ISSUER": NAME,
    "OIDC_AUDIENCE": "box-office,other-office",
    "OIDC_JWKS_URI": f"http://127.0.0.1:{_server.server_port}/jwks.json",
    "ALLOWED_ALGORITHMS": "RS256,ES256",
}


@pytest.fixture(autouse=True)
def surroundings() -> None:
    """An issuer that nothing happened to."""
    issuer.reset()


def good_token() -> str:
    return issuer.sign()
