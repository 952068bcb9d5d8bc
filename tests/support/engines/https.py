"""An HTTPS server from a function, for engines that are libraries: the way to them is ours, the answers are theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.engines.tls import context

REGION, ACCESS_KEY, SECRET_KEY = "us-east-1", "AKIATESTING", "testing"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def place(self) -> str:
        """The path without the query."""
        return urlsplit(self.path).path

    @property
    def parameters(self) -> dict[str, str]:
        """What the query says, and a form in the body."""
        form = self.body.decode() if "form-urlencoded" in self.headers.get("Content-Type", "") else ""
        said = parse_qs(urlsplit(self.path).query) | parse_qs(form)
        return {name: values[-1] for name, values in said.items()}

    def signed(self, service: str) -> bool:
        """Whether the key above signed this for `service`: what the service itself checks of Signature Version 4."""
        said = self.headers.get("Authorization", "")
        names = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        headers = {name: self.headers.get(name, "") for name in names}
        request = AWSRequest(self.method, f"https://{self.headers['Host']}{self.path}", headers, self.body)
        request.context["timestamp"] = self.headers.get("X-Amz-Date", "")
        signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), service, REGION)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return said.endswith(f"Signature={signer.signature(text, request)}")


Answer = tuple[int, str, bytes] | tuple[int, str, bytes, Mapping[str, str]]  # status, content type, body, headers


@contextmanager
def serving(answer: Callable[[Request], Answer], folder: Path) -> Iterator[int]:
    """A port of this machine where `answer` answers, with the certificate in `folder`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet: a second one would wait for the first to be acknowledged

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, kind, content, *more = answer(Request(self.command, self.path, self.headers, body))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = handle_one

        def log_message(self, *_: object) -> None:
            """Tests say what went wrong."""

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    server.socket = context(folder).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
