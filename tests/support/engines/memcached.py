"""A real memcached, the machine's or Debian's, with TLS required. As in ElastiCache, nobody signs in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.engines.debian import programs
from support.servers import Server, free_port, give_to_owner, home, listens, running, write_certificates


@pytest.fixture(scope="session")
def memcached() -> Iterator[Server]:
    """An empty server."""
    with home("memcached") as folder:
        of = programs("memcached", "memcached", into=folder)
        ca_bundle = write_certificates(folder)
        give_to_owner(folder)
        port = free_port()
        tls = f"ssl_chain_cert={folder / 'server.pem'},ssl_key={folder / 'server.key'}"
        # ElastiCache has TLS 1.2 or newer, and no UDP
        command = [of["memcached"], f"--port={port}", "--listen=127.0.0.1", "--udp-port=0", "--enable-ssl", "-o", tls]
        with running(command, folder, lambda: listens(port), of.environment):
            yield Server(port, ca_bundle, master=("", ""))
