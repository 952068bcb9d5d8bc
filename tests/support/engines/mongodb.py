"""MongoDB's protocol for DocumentDB: the package nx-27017, which keeps documents in SQLite, behind TLS and accounts.

Not an engine of AWS's, and not all of MongoDB's: documents, queries, updates, unique indexes and cursors are
there; accounts are ours (SCRAM-SHA-1 and SCRAM-SHA-256, as DocumentDB has them); plans, change streams and
clusters are not there. `replSetStepDown` hangs up on everybody, as a failover does.
"""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from support.engines.mongodb_accounts import Accounts, Visitor
from support.engines.tls import in_front_of
from support.servers import Server, free_port, give_to_owner, home, listens, running, write_certificates

HEADER, MESSAGE = struct.Struct("<iiii"), 2013
MASTER = ("master", "master's password")


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(int.from_bytes(head, "little") - 4)


def _between(accounts: Accounts) -> Any:
    bson = pytest.importorskip("bson")
    visitors: set[asyncio.StreamWriter] = set()

    async def between(
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        requests: asyncio.StreamWriter,
    ) -> None:
        visitor = Visitor(accounts)
        visitors.add(writer)
        while True:
            request = await _message(reader)
            _, number, _, code = HEADER.unpack_from(request)
            document = next(iter(bson.decode_iter(request[21 : 21 + _size(request, 21)]))) if code == MESSAGE else {}
            if "replSetStepDown" in document:
                for each in visitors - {writer}:
                    each.close()
                said: dict[str, Any] | None = {"ok": 1.0}
            else:
                said = visitor.answer(document)
            if said:
                body = struct.pack("<IB", 0, 0) + bson.encode(said)
                writer.write(HEADER.pack(HEADER.size + len(body), 0, number, MESSAGE) + body)
            else:
                requests.write(request)
                writer.write(await _message(answers))
            await writer.drain()

    return between


def _size(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


@pytest.fixture(scope="session")
def mongodb() -> Iterator[Server]:
    """A server with no documents, that knows its master and whom the master makes."""
    pytest.importorskip("nx_27017", reason="the package nx-27017 is not installed")
    with home("mongodb") as folder:
        ca_bundle, port = write_certificates(folder), free_port()
        give_to_owner(folder)
        files = ["--log-file", folder / "log", "--pid-file", folder / "pid"]
        command = [sys.executable, "-m", "nx_27017.nx_27017", "--data-dir", "memory", "--port", str(port), *files]
        with (
            running(command, folder, lambda: listens(port), as_root=True),
            in_front_of(port, folder, _between(Accounts(MASTER))) as front,
        ):
            yield Server(front, ca_bundle, master=MASTER)
