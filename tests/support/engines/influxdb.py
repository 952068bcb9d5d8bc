"""A real InfluxDB, Debian's 1.6, behind the paths and the token of InfluxDB 2 that Timestream for InfluxDB has.

Points are written, read (InfluxQL, which version 2 understands too) and deleted by the server itself. What
version 1.6 does not have is not here: Flux, buckets' retention. Sessions and tokens are the tests' own.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from support.engines.debian import programs
from support.engines.https import Answer, Request, serving
from support.servers import Server, free_port, give_to_owner, home, listens, running, write_certificates

BUCKET, TOKEN = "app", "a token of the application"
ADMIN, COOKIE = ("dbadmin", "administrator"), "influxdb-oss-session=the administrator's"
ACCOUNTS = {f"/api/v2/{path}" for path in ("signin", "signout", "orgs", "buckets", "authorizations")}
TOKENS: dict[str, dict[str, Any]] = {}  # by id: what was made in a session
PRECISIONS = {"ns": "ns", "us": "u", "ms": "ms", "s": "s"}
SETTINGS = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[http]
bind-address = "127.0.0.1:{port}"
"""


def _front(port: int, request: Request) -> Answer:
    said = request.parameters
    if request.place in ACCOUNTS or request.place.startswith("/api/v2/authorizations/"):
        return _account(request)
    if request.headers.get("Authorization") not in (
        f"Token {TOKEN}",
        *(f"Token {t['token']}" for t in TOKENS.values()),
    ):
        return 401, "application/json", b'{"code": "unauthorized", "message": "unauthorized access"}'
    if request.place == "/api/v2/write":
        query = {"db": said["bucket"], "precision": PRECISIONS[said.get("precision", "ns")]}
        return _call(port, "write", query, request.body)
    if request.place == "/api/v2/delete":
        query = {"db": said["bucket"], "q": _deletion(json.loads(request.body))}
        _, kind, body, *_ = _call(port, "query", query, b"")
        return (204, kind, b"") if b"error" not in body else (400, kind, body)
    return _call(port, "query", {key: said[key] for key in said if key in {"db", "q", "epoch", "params"}}, None)


def _account(request: Request) -> Answer:
    """What an administrator does in a session: tokens are made, listed and removed."""
    kind, user = "application/json", base64.b64encode(f"{ADMIN[0]}:{ADMIN[1]}".encode()).decode()
    if request.place == "/api/v2/signin":
        known = request.headers.get("Authorization") == f"Basic {user}"
        return (204, kind, b"", {"Set-Cookie": f"{COOKIE}; Path=/api/; HttpOnly"}) if known else (401, kind, b"{}")
    if request.headers.get("Cookie") != COOKIE:
        return 401, kind, b"{}"
    if request.method == "POST" and request.place == "/api/v2/authorizations":
        made = {**json.loads(request.body), "id": secrets.token_hex(8), "token": secrets.token_urlsafe(32)}
        TOKENS[made["id"]] = made
        return 201, kind, json.dumps(made).encode()
    if request.method == "DELETE":
        del TOKENS[request.place.rpartition("/")[2]]
        return 204, kind, b""
    of = request.place.rpartition("/")[2]
    found = list(TOKENS.values()) if of == "authorizations" else [{"id": of, "name": "app"}]
    return 200, kind, json.dumps({of: found}).encode()


def _deletion(wanted: dict[str, str]) -> str:
    """Version 2 names the measurement like a tag; version 1 says FROM, and quotes values the other way."""
    named = re.match(r'_measurement="([^"]*)"(?: AND (.*))?$', wanted["predicate"])
    assert named, "the predicate has to begin with the measurement"
    tags = re.sub(r'="([^"]*)"', r"='\1'", named[2] or "")
    span = f"time >= '{wanted['start']}' AND time <= '{wanted['stop']}'"
    return f'DELETE FROM "{named[1]}" WHERE {span}' + (f" AND {tags}" if tags else "")


def _call(port: int, path: str, query: dict[str, str], body: bytes | None) -> Answer:
    try:
        with urlopen(f"http://localhost:{port}/{path}?{urlencode(query)}", body, timeout=10) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
    except HTTPError as error:
        return error.code, error.headers.get("Content-Type", ""), error.read()


@pytest.fixture(scope="session")
def influxdb() -> Iterator[Server]:
    """A server with the empty bucket `app`; `master` is its organization and its token."""
    with home("influxdb") as folder:
        of = programs("influxdb", "influxd", into=folder)
        ca_bundle, port = write_certificates(folder), free_port()
        (folder / "influxdb.conf").write_text(SETTINGS.format(folder=folder, port=port, rpc=free_port()))
        give_to_owner(folder)
        command = [of["influxd"], "-config", folder / "influxdb.conf"]
        with running(command, folder, lambda: listens(port), of.environment):
            _call(port, "query", {"q": f"CREATE DATABASE {BUCKET}"}, b"")
            with serving(lambda request: _front(port, request), folder) as front:
                yield Server(front, ca_bundle, database=BUCKET, master=("app", TOKEN))
