"""Cassandra's native protocol, version 4, for Keyspaces: over TLS, signed in by SigV4. Engine not real (see cql.py)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from support.engines.cql import TYPES, Columns, Invalid, Keyspaces, Statement
from support.engines.https import ACCESS_KEY, REGION, SECRET_KEY
from support.engines.tls import listening
from support.servers import Server, home, write_certificates

FRAME = struct.Struct(">BBhBi")
ERROR, READY, AUTHENTICATE, SUPPORTED, RESULT, CHALLENGE, SUCCESS = 0, 2, 3, 6, 8, 14, 16
BAD_CREDENTIALS, INVALID, UNPREPARED = 0x0100, 0x2200, 0x2500
LOCAL_QUORUM, READABLE = 6, {1, 6, 10}
NONCE = "0123456789abcdef" * 2
PLUGIN = "software.aws.mcs.auth.SigV4AuthProvider"
SPOKEN = {"CQL_VERSION": ["3.4.4"], "COMPRESSION": []}
SOMEWHERE = uuid.UUID(int=1).bytes
LOCAL: dict[str, tuple[int, bytes]] = {
    "key": (0x0D, b"local"),
    "cluster_name": (0x0D, b"Amazon Keyspaces"),
    "data_center": (0x0D, REGION.encode()),
    "rack": (0x0D, REGION.encode()),
    "partitioner": (0x0D, b"org.apache.cassandra.dht.Murmur3Partitioner"),
    "release_version": (0x0D, b"3.11.2"),
    "cql_version": (0x0D, b"3.4.4"),
    "rpc_address": (0x10, ipaddress.ip_address("127.0.0.1").packed),
    "host_id": (0x0C, SOMEWHERE),
    "schema_version": (0x0C, SOMEWHERE),
}


class Connection:
    """One client: what it prepared, and whether it has signed in."""

    def __init__(self, keyspaces: Keyspaces) -> None:
        self.keyspaces, self.known = keyspaces, False

    def answer(self, opcode: int, body: bytes) -> tuple[int, bytes]:
        match opcode:
            case 1:
                return AUTHENTICATE, _string(PLUGIN)
            case 5:
                return SUPPORTED, struct.pack(">H", 2) + b"".join(_string(n) + _list(v) for n, v in SPOKEN.items())
            case 15:
                return self._sign_in(body[4:])
        if not self.known:
            return _error(BAD_CREDENTIALS, "sign in first")
        match opcode:
            case 7:
                size = int.from_bytes(body[:4], "big")
                return RESULT, _system(body[4 : 4 + size].decode())
            case 9:
                return self._prepare(body[4:].decode())
            case 10:
                return self._execute(body)
        return READY, b""

    def _sign_in(self, said: bytes) -> tuple[int, bytes]:
        if said == b"SigV4\0\0":
            return CHALLENGE, _bytes(f"nonce={NONCE}".encode())
        fields = dict(part.split("=", 1) for part in said.decode().split(","))
        self.known = fields.get("access_key") == ACCESS_KEY and fields["signature"] == _signature(fields["amzdate"])
        return (SUCCESS, _bytes(None)) if self.known else _error(BAD_CREDENTIALS, "the signature does not match")

    def _prepare(self, text: str) -> tuple[int, bytes]:
        try:
            made = self.keyspaces.prepare(text)
        except Invalid as error:
            return _error(INVALID, str(error))
        where = [made.binds.index(column) for column in made.table.partition if column in made.binds]
        binds = [(column or "[limit]", TYPES[made.table.columns.get(column, "int")]) for column in made.binds]
        keys = struct.pack(f">i{len(where)}H", len(where), *where)
        name = hashlib.md5(text.encode(), usedforsecurity=False).digest()
        PREPARED[name] = made
        shown: Columns = {c: made.table.columns[c] for c in made.columns} if made.verb == "SELECT" else {}
        columns = [(column, TYPES[kind]) for column, kind in shown.items()]
        rest = _metadata(binds, made, keys) + _metadata(columns, made)
        return RESULT, struct.pack(">iH", 4, len(name)) + name + rest

    def _execute(self, body: bytes) -> tuple[int, bytes]:
        made = PREPARED.get(body[2:18])
        if made is None:
            return _error(UNPREPARED, "prepare it", _short(body[2:18]))
        consistency, flags, count = struct.unpack_from(">HBH", body, 18)
        if consistency != LOCAL_QUORUM and (made.verb != "SELECT" or consistency not in READABLE):
            return _error(INVALID, "Consistency level is not supported for this operation")
        values, at = [], 23
        for _ in range(count if flags & 1 else 0):
            size = struct.unpack_from(">i", body, at)[0]
            values.append(body[at + 4 : at + 4 + size] if size >= 0 else None)
            at += 4 + max(size, 0)
        rows = self.keyspaces.execute(made, values)
        if rows is None:
            return RESULT, struct.pack(">i", 1)
        columns = [(name, TYPES[kind]) for name, kind in rows[0].items()]
        return RESULT, _rows(_metadata(columns, made), rows[1])


PREPARED: dict[bytes, Statement] = {}


def _system(query: str) -> bytes:
    """Every node's own row; there are no others."""
    here = "system.local" in query
    columns = [(name, kind) for name, (kind, _) in LOCAL.items()]
    return _rows(_metadata(columns, None), [tuple(value for _, value in LOCAL.values())] * here)


def _metadata(columns: list[tuple[str, int]], made: Statement | None, keys: bytes = b"") -> bytes:
    place = (made.table.keyspace, made.table.name) if made else ("system", "local")
    head = struct.pack(">ii", 1, len(columns)) + keys + _string(place[0]) + _string(place[1])
    if not columns:
        head = struct.pack(">ii", 0, 0) + keys
    return head + b"".join(_string(name) + struct.pack(">H", kind) for name, kind in columns)


def _rows(metadata: bytes, rows: list[Any]) -> bytes:
    cells = b"".join(_bytes(cell) for row in rows for cell in row)
    return struct.pack(">i", 2) + metadata + struct.pack(">i", len(rows)) + cells


def _string(text: str) -> bytes:
    return _short(text.encode())


def _list(texts: list[str]) -> bytes:
    return struct.pack(">H", len(texts)) + b"".join(map(_string, texts))


def _short(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def _bytes(data: bytes | None) -> bytes:
    return struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data


def _error(code: int, message: str, more: bytes = b"") -> tuple[int, bytes]:
    return ERROR, struct.pack(">i", code) + _string(message) + more


def _signature(date: str) -> str:
    """Signature Version 4 of the nonce, as the plugins of AWS for Cassandra's drivers make it."""
    scope = f"{date[:10].replace('-', '')}/{REGION}/cassandra/aws4_request"
    asked = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{ACCESS_KEY}%2F{scope.replace('/', '%2F')}"}
    asked |= {"X-Amz-Date": date.replace(":", "%3A"), "X-Amz-Expires": "900"}
    query = "&".join(sorted(f"{name}={value}" for name, value in asked.items()))
    digest = hashlib.sha256(NONCE.encode()).hexdigest()
    request = f"PUT\n/authenticate\n{query}\nhost:cassandra\n\nhost\n{digest}"
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


@dataclass(frozen=True)
class KeyspacesServer(Server):
    """Keyspaces, with the tables that a test makes in it; `master` is the AWS key that it knows."""

    keyspaces: Keyspaces = field(default_factory=Keyspaces)


@pytest.fixture(scope="session")
def cassandra() -> Iterator[KeyspacesServer]:
    """Keyspaces without a table."""
    keyspaces = Keyspaces()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(keyspaces)
        while True:
            _, _, stream, opcode, size = FRAME.unpack(await reader.readexactly(FRAME.size))
            code, body = connection.answer(opcode, await reader.readexactly(size))
            writer.write(FRAME.pack(0x84, 0, stream, code, len(body)) + body)
            await writer.drain()

    with home("cassandra") as folder:
        ca_bundle = write_certificates(folder)
        with listening(folder, talk) as port:
            yield KeyspacesServer(port, ca_bundle, master=(ACCESS_KEY, SECRET_KEY), keyspaces=keyspaces)
