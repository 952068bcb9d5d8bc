"""TLS in front of a server that has none: stunnel in forty lines. What is behind it stays what it is."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue

from support.servers import START_SECONDS

CHUNK = 65_536


def context(folder: Path) -> ssl.SSLContext:
    """What a server needs that proves itself with the certificate that `write_certificates` put into `folder`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "server.pem", folder / "server.key")
    return made


async def pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answers: asyncio.StreamReader,
    requests: asyncio.StreamWriter,
) -> None:
    """Bytes from the client to the server behind, and back."""
    await asyncio.gather(_copy(reader, requests), _copy(answers, writer))


@contextmanager
def listening(
    folder: Path | None, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> Iterator[int]:
    """A port of this machine where `talk` talks with each client, over TLS with the certificate in `folder`.

    Without a folder it is for `talk` to begin with TLS.
    """
    ports: Queue[int] = Queue()
    halts: Queue[Callable[[], object]] = Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):  # a client that goes ends a conversation
            await talk(reader, writer)
        writer.close()

    async def serve() -> None:
        loop, halt = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(accept, "localhost", 0, ssl=folder and context(folder)) as server:
            halts.put(lambda: loop.call_soon_threadsafe(halt.set))
            ports.put(int(server.sockets[0].getsockname()[1]))
            await halt.wait()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield ports.get(timeout=START_SECONDS)
    finally:
        halts.get(timeout=START_SECONDS)()
        thread.join()


@contextmanager
def in_front_of(port: int, folder: Path, between: Callable[..., Awaitable[None]] = pass_on) -> Iterator[int]:
    """A port of this machine that speaks TLS; `between` connects each client with `port`, which does not."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection("localhost", port)
        try:
            await between(reader, writer, answers, requests)
        finally:
            requests.close()

    with listening(folder, talk) as front:
        yield front


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    writer.close()
