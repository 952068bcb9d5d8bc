"""The samples of `clients/` sign requests as AWS does: a server here checks every signature with botocore."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.handlers import put
from support.rendered import rendered

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "token/of+a=session",
}
CLIENTS = {"server.py": [sys.executable], "device.sh": ["sh"], "desktop.mjs": ["node"]}
PLAIN = ["/prod/tickets", "/prod/tickets/17", "/prod/tickets?after=b&limit=2"]
TRICKY = ["/prod/tickets/a%20b", "/prod/tickets?limit=2&after=b%2Fc"]  # curl signs these as they stand
CALLS = [(client, path) for client in CLIENTS for path in [*PLAIN, *(TRICKY if client != "device.sh" else [])]]


class Gateway(BaseHTTPRequestHandler):
    """Answers with path and service if the request is signed for it with CREDENTIALS, else with 403."""

    def do_GET(self) -> None:
        self.send_response(200 if self.is_signed() else 403)
        self.end_headers()
        self.wfile.write(f"{self.path} of {self.service()}".encode())

    def service(self) -> str:
        """The service that the request is signed for."""
        return self.headers.get("Authorization", "///").split("/")[3]

    def is_signed(self) -> bool:
        said = self.headers.get("Authorization", "")
        names = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        if not {"host", "x-amz-date", "x-amz-security-token"} <= set(names):
            return False
        headers = {name: self.headers[name] for name in names}
        request = AWSRequest("GET", f"http://{self.headers['Host']}{self.path}", headers)
        request.context["timestamp"] = headers["x-amz-date"]
        service = self.service()
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        auth = signer(Credentials(*CREDENTIALS.values()), service, "us-east-1")
        to_sign = auth.string_to_sign(request, auth.canonical_request(request))
        return said.endswith(f"Signature={auth.signature(to_sign, request)}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def installed(client: str) -> None:
    if shutil.which(CLIENTS[client][0]) is None:
        pytest.skip(f"{CLIENTS[client][0]} is not installed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def answer(folder: Path, client: str, url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a client that was rendered prints."""
    (file,) = (file for file in rendered("iam").files if file.path == f"clients/{client}")
    put(folder / client, file.text)
    env = {"PATH": os.environ["PATH"], **CREDENTIALS, **variables}
    return subprocess.run([*CLIENTS[client], str(folder / client), url], env=env, capture_output=True, text=True)


@pytest.mark.parametrize(("client", "path"), CALLS)
def test_requests_are_signed(tmp_path: Path, address: str, client: str, path: str) -> None:
    done = answer(tmp_path, client, address + path)
    assert path in done.stdout, done.stderr
    assert "403" not in done.stdout + done.stderr


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("service", ["execute-api", "s3", "dynamodb"])
def test_the_same_credentials_sign_for_stores(tmp_path: Path, address: str, client: str, service: str) -> None:
    path = "/uploads/us-east-1%3A0123/photo.jpg" if service == "s3" else "/"
    done = answer(tmp_path, client, address + path, AWS_SERVICE=service)
    assert f"{path} of {service}" in done.stdout, done.stderr
    assert "403" not in done.stdout + done.stderr


@pytest.mark.parametrize("client", CLIENTS)
def test_another_secret_is_refused(tmp_path: Path, address: str, client: str) -> None:
    done = answer(tmp_path, client, f"{address}/prod/tickets", AWS_SECRET_ACCESS_KEY="another")
    assert "403" in done.stdout + done.stderr
