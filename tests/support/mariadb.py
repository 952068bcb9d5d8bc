"""A real MariaDB for the tests of MySQL code, where a server is installed, with TLS required."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.servers import Server, free_port, give_to_owner, home, run, running, write_certificates

SETUP = """\
CREATE DATABASE app;
CREATE USER master@'%' IDENTIFIED BY 'master''s password' REQUIRE SSL;
GRANT ALL ON *.* TO master@'%' WITH GRANT OPTION;
"""


def installed(name: str) -> str | None:
    return shutil.which(name, path="/usr/local/bin:/usr/bin:/usr/sbin:/opt/homebrew/bin")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A server with an empty database `app`, whose user `master` may do everything."""
    daemon, install = installed("mariadbd"), installed("mariadb-install-db")
    if not (daemon and install and installed("my_print_defaults")):
        pytest.skip("no MariaDB server is installed (Debian: mariadb-server-core and mariadb-client-core)")
    pymysql = pytest.importorskip("pymysql")
    with home("mariadb") as folder:
        ca_bundle = write_certificates(folder)
        (folder / "setup.sql").write_text(SETUP)
        give_to_owner(folder)
        data, port = folder / "data", free_port()
        run([install, "--no-defaults", f"--datadir={data}", "--skip-test-db"], folder)
        flags = {
            "datadir": data,
            "port": port,
            "bind-address": "127.0.0.1",
            "socket": folder / "socket",
            "pid-file": folder / "pid",
            "init-file": folder / "setup.sql",
            "ssl-ca": ca_bundle,
            "ssl-cert": folder / "server.pem",
            "ssl-key": folder / "server.key",
            "require-secure-transport": "ON",
        }
        command: list[str | Path] = [daemon, "--no-defaults"]
        command += [f"--{name}={value}" for name, value in flags.items()]

        def sign_in() -> None:
            user, password = Server(port, ca_bundle).master
            pymysql.connect(host="localhost", port=port, user=user, password=password, ssl_ca=str(ca_bundle)).close()

        with running(command, folder, sign_in):
            yield Server(port, ca_bundle)
