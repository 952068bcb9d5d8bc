"""A real MariaDB, for MySQL too, from the machine or from Debian's packages, with TLS required."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engines.debian import programs
from support.servers import Server, free_port, give_to_owner, home, run, running, write_certificates

SETUP = """\
CREATE DATABASE app;
CREATE USER master@'%' IDENTIFIED BY 'master''s password' REQUIRE SSL;
GRANT ALL ON *.* TO master@'%' WITH GRANT OPTION;
"""


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A server with an empty database `app`, whose user `master` may do everything."""
    pymysql = pytest.importorskip("pymysql")
    with home("mariadb") as folder:
        needed = ("mariadbd", "mariadb-install-db", "my_print_defaults")
        of = programs("mariadb-server-core", *needed, into=folder, beside=("mariadb-client-core",))
        ca_bundle = write_certificates(folder)
        (folder / "setup.sql").write_text(SETUP)
        give_to_owner(folder)
        data, port = folder / "data", free_port()
        places = [f"--basedir={of.folder}", f"--datadir={data}"]
        run([of["mariadb-install-db"], "--no-defaults", *places, "--skip-test-db"], folder, of.environment)
        flags = {
            "basedir": of.folder,
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
        command: list[str | Path] = [of["mariadbd"], "--no-defaults"]
        command += [f"--{name}={value}" for name, value in flags.items()]

        def sign_in() -> None:
            user, password = Server(port, ca_bundle).master
            pymysql.connect(host="localhost", port=port, user=user, password=password, ssl_ca=str(ca_bundle)).close()

        with running(command, folder, sign_in, of.environment):
            yield Server(port, ca_bundle)
