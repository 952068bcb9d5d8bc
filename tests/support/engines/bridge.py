"""Engine not real: the way of Node.js's drivers to what stands for their servers (tests/node/bridge.mjs)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from support.engines.foreign import Connection, Cursor, Dialect
from support.servers import Server

Asked = Mapping[str, Any]


class Bridge:
    """Connections by number. `signed_in` gives user and password of one that is asked for in the right way."""

    def __init__(self, dialect: Dialect, server: Server, signed_in: Callable[[Server, Asked], tuple[str, str]]) -> None:
        self.dialect, self.server, self.signed_in = dialect, server, signed_in
        self.open: dict[int, Connection] = {}
        self._numbers = count(1)

    def answer(self, asked: Asked) -> dict[str, Any]:
        try:
            if "id" not in asked:
                number = next(self._numbers)
                self.open[number] = Connection(self.dialect, self.server, *self.signed_in(self.server, asked))
                return {"id": number}
            if "statement" not in asked:
                self.open.pop(asked["id"]).close()
                return {}
            with Cursor(self.dialect, self.open[asked["id"]]._real) as cursor:
                cursor.execute(asked["statement"], [_unpacked(value) for value in asked["values"]])
                rows = cursor.fetchall() if cursor.description else []
                return {"rows": [[_packed(value) for value in row] for row in rows], "affected": cursor.rowcount}
        except self.dialect.errors as error:
            return {"error": {"number": self.dialect.number(error), "message": str(error)}}

    def close(self) -> None:
        for connection in self.open.values():
            connection.close()


def _packed(value: object) -> object:
    return {"moment": value.replace(tzinfo=UTC).isoformat()} if isinstance(value, datetime) else value


def _unpacked(value: Any) -> object:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["moment"]).replace(tzinfo=None)
    return value


@contextmanager
def leading_to(bridge: Bridge) -> Iterator[str]:
    """The address (the variable `BRIDGE`) that connections of functions in Node.js lead to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(bridge.answer(asked)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        bridge.close()
