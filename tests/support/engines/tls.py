"""TLS in front of a server that has none: stunnel in forty lines. What is behind it stays what it is."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CHUNK = 65_536


def context(folder: Path) -> ssl.SSLContext:
    """What a server needs that proves itself with the certificate that `write_certificates` put into `folder`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "server.pem", folder / "server.key")
    return made


@contextmanager
def in_front_of(port: int, folder: Path) -> Iterator[int]:
    """A port of this machine that speaks TLS, and passes on to `port`, which does not."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection("localhost", port)
        await asyncio.gather(_pass(reader, behind[1]), _pass(behind[0], writer))

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(accept, "localhost", 0, ssl=context(folder))

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # one side is gone: so is the other, in a moment
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
