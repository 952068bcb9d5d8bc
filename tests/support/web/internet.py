"""All hosts that a page talks to, on one port of this machine: TLS, and a site by the name in `Host`."""

from __future__ import annotations

import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from support.servers import write_certificates


@dataclass(frozen=True)
class Request:
    """A request as its site sees it. `path` is as it was sent; names of headers are in lower case."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """The query's, the last of each name."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Site = Callable[[Request], Response]


@dataclass
class Internet:
    """Sites by host, which tests may add to, and what was asked of them."""

    port: int
    ca_bundle: Path
    sites: dict[str, Site] = field(default_factory=dict)
    asked: list[tuple[Request, int]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        site = self.sites.get(request.host)
        response = site(request) if site else Response(502, {}, f"no site {request.host}".encode())
        self.asked.append((request, response.status))
        return response


@contextmanager
def internet(folder: Path) -> Iterator[Internet]:
    """An internet without sites; `folder` keeps its certificate, which is for localhost."""
    ca_bundle = write_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        made = _Handler.internet = Internet(server.server_port, ca_bundle)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser hangs up before it takes a certificate that it has not seen; all else is told."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    internet: Internet

    def _answer(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0))).decode()
        host = headers.get("host", "").removesuffix(f":{self.server.server_port}")  # type: ignore[attr-defined]
        response = self.internet(Request(self.command, host, url.path, url.query, headers, body))
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def log_message(self, *_: object) -> None:
        """`Internet.asked` has it."""
