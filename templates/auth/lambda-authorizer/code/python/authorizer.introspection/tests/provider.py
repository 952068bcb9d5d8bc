"""An issuer on this machine that says what its tokens mean, to whoever knows its secret."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import boto3
import pytest
from moto import mock_aws

SECRET_NAME = "box-office/issuer"
GOOD: dict[str, Any] = {
    "active": True,
    "iss": "https://login.example.com/",
    "aud": "box-office",
    "client_id": "mobile",
    "sub": "ann",
    "scope": "openid read",
    "groups": ["editors", "staff", "no, name"],
}


class Issuer:
    """`secret` is what it wants to hear, `tokens` what each means, `status` its answer; `asked` counts."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.secret = "s3cr:et"
        self.tokens: dict[str, dict[str, Any]] = {}
        self.status = 200
        self.asked = 0

    def issue(self, **claims: Any) -> str:
        """A token; `claims` are those that differ from a good one's, None takes one away."""
        token = f"opaque-token-{len(self.tokens)}"
        said = {**GOOD, "exp": int(time.time()) + 300, **claims}
        self.tokens[token] = {name: value for name, value in said.items() if value is not None}
        return token


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        issuer.asked += 1
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        pair = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        known = [unquote_plus(part) for part in pair.split(":")] == ["authorizer", issuer.secret]
        self.send_response(issuer.status if known else 401)
        self.end_headers()
        meaning = issuer.tokens.get(form["token"][0], {"active": False})
        self.wfile.write(json.dumps(meaning if known else {}).encode())

    def log_message(self, *_: Any) -> None:
        pass


issuer = Issuer()
_server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
threading.Thread(target=_server.serve_forever, daemon=True).start()

os.environ.pop("AWS_PROFILE", None)
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "OIDC_ISSUER": GOOD["iss"],
    "OIDC_AUDIENCE": GOOD["aud"],
    "INTROSPECTION_URL": f"http://127.0.0.1:{_server.server_port}/introspect",
    "INTROSPECTION_CLIENT_ID": "authorizer",
    "INTROSPECTION_SECRET_NAME": SECRET_NAME,
    "INTROSPECTION_SECRET_KEY": "secret",
}


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    """An issuer that nothing happened to, and the secret that it gave us."""
    issuer.reset()
    with mock_aws():
        text = json.dumps({"secret": issuer.secret})
        boto3.client("secretsmanager").create_secret(Name=SECRET_NAME, SecretString=text)
        yield


def good_token() -> str:
    return issuer.issue()
