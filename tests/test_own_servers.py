"""A database on a server of one's own: the script that makes it, and how functions know that it is the one."""

from __future__ import annotations

import os
import select
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from support.contract.application import project_with, write
from support.contract.stores import STORES
from support.emitted import emitted
from support.engines.tls import context
from support.handlers import load
from support.nodejs import link
from support.rendered import rendered
from support.servers import Server as Database
from support.servers import home, write_certificates

SECRET = '{"username": "dbadmin", "password": "s3cret"}'
PROGRAMS = ("dnf", "blkid", "mkfs.xfs", "mount", "chown", "runuser", "systemctl", "curl", "sleep")


def script(folder: Path) -> str:
    """The user data of the store `entries`, with its places below `folder`."""
    said = rendered("own-servers").template.data["Resources"]["EntriesServer"]["Properties"]["UserData"]
    text: str = said["Fn::Base64"]["Fn::Sub"]
    names = {"AWS::Region": "us-east-1", "AWS::StackName": "ledgers"}
    names |= {"EntriesReady": "https://signals.example.com/?a=b&c=d", "EntriesMasterSecret": "arn:secret"}
    for name, value in names.items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text
    for place in ("/var/lib/pgsql", "/etc/", "/usr/local/bin/", "/dev/sdf"):
        text = text.replace(place, f"{folder}{place}")
    return text.replace("[ -b ", "[ -e ")


class Server:
    """A server's file system in a folder, and the commands that its script has called."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs, self.log = folder, folder / "programs", folder / "calls"
        for place in ("var/lib/pgsql/data", "etc/systemd/system", "usr/local/bin", "dev", "programs"):
            (folder / place).mkdir(parents=True)
        (folder / "dev/sdf").touch()
        for name in PROGRAMS:
            self.answers(name)
        self.answers("aws", f"echo '{SECRET}'")

    def answers(self, name: str, more: str = "") -> None:
        program = self.programs / name
        program.write_text(f'#!/bin/bash\necho "{name} $*" >> {self.log}\n[ -t 0 ] || cat >> {self.log}\n{more}\n')
        program.chmod(0o755)

    def start(self) -> subprocess.CompletedProcess[str]:
        environment: Mapping[str, str] = {"PATH": f"{self.programs}:{os.environ['PATH']}"}
        command = [shutil.which("bash") or "bash", "-c", script(self.folder)]
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    @property
    def calls(self) -> str:
        return self.log.read_text()


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_an_empty_volume_gets_a_database(server: Server) -> None:
    server.answers("blkid", "exit 2")
    done = server.start()
    assert done.returncode == 0, done.stderr
    calls = server.calls
    assert (
        calls.index("mkfs.xfs") < calls.index("mount ") < calls.index("initdb") < calls.index("enable --now postgresql")
    )
    data = server.folder / "var/lib/pgsql/data"
    assert "hostssl app all all scram-sha-256" in (data / "pg_hba.conf").read_text()
    assert {"port = 5433", "ssl = on"} <= set((data / "postgresql.conf").read_text().splitlines())
    assert "CREATE ROLE dbadmin LOGIN CREATEROLE PASSWORD 's3cret'" in calls
    assert "s3cret" not in done.stdout + done.stderr
    assert '"Status": "SUCCESS"' in calls.splitlines()[-1]


def test_data_that_is_there_is_left_as_it_is(server: Server) -> None:
    (server.folder / "var/lib/pgsql/data/PG_VERSION").write_text("17")
    server.answers("runuser", "echo 1")  # the role is there
    assert server.start().returncode == 0
    assert not any(word in server.calls for word in ("mkfs", "initdb", "openssl req", "CREATE", "get-secret-value"))


def test_packages_that_can_t_be_reached_yet_are_asked_for_again(server: Server) -> None:
    server.answers("dnf", f'[ "$(grep -c ^dnf {server.log})" -gt 2 ]')
    assert server.start().returncode == 0
    assert server.calls.count("dnf install") == 3


def test_a_start_that_fails_is_told_to_the_stack(server: Server) -> None:
    server.answers("mount", "exit 32")
    assert server.start().returncode != 0
    assert '"Status": "FAILURE"' in server.calls.splitlines()[-1]
    assert "https://signals.example.com/?a=b&c=d" in server.calls.splitlines()[-1]


ASK_FOR_TLS = bytes([0, 0, 0, 8, 4, 210, 22, 47])  # PostgreSQL's SSLRequest


def between(folder: Path, port: int) -> int:
    """A port where somebody reads along: with TLS to both sides, and another certificate than the server's."""
    listener = socket.create_server(("localhost", 0))

    def pass_on(ends: dict[ssl.SSLSocket, ssl.SSLSocket]) -> None:
        """What one end sends goes to the other, in one thread: two at a time spoil a connection's records."""
        while True:
            for end in [end for end in ends if end.pending()] or select.select(list(ends), [], [])[0]:
                with suppress(ssl.SSLWantReadError):  # a record that is not ours to pass on
                    data = end.recv(65_536)
                    if not data:
                        return
                    ends[end].sendall(data)

    def read_along() -> None:
        victim, _ = listener.accept()
        victim.recv(len(ASK_FOR_TLS), socket.MSG_WAITALL)
        victim.sendall(b"S")
        server = socket.create_connection(("localhost", port))
        server.sendall(ASK_FOR_TLS)
        server.recv(1)
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        ours, theirs = context(folder).wrap_socket(victim, server_side=True), trusting.wrap_socket(server)
        with listener, ours, theirs, suppress(OSError):
            for end in (ours, theirs):
                end.setblocking(False)
            pass_on({ours: theirs, theirs: ours})

    threading.Thread(target=read_along, daemon=True).start()
    return int(listener.getsockname()[1])


def test_nobody_stands_between_a_function_and_its_server(
    postgres: Database, aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has signed the server's certificate: the sign-in tells it from one that passes everything on."""
    (connection,) = load(emitted("own-servers", tmp_path) / "functions" / "entries", "connection")
    for name, value in {"HOST": "localhost", "PORT": str(postgres.port), "DB_NAME": postgres.database}.items():
        monkeypatch.setenv(f"ENTRIES_{name}", value)
    with connection.connect(*postgres.master) as direct:
        assert direct.execute("SELECT 1").fetchone() == (1,)
    user, password = postgres.master
    careless = {"user": user, "password": password, "dbname": "app", "sslmode": "require", "channel_binding": "disable"}
    with home("between") as folder:
        write_certificates(folder)
        with psycopg.connect(host="localhost", port=between(folder, postgres.port), **careless) as deceived:
            assert deceived.execute("SELECT 1").fetchone() == (1,)
        monkeypatch.setenv("ENTRIES_PORT", str(between(folder, postgres.port)))
        with pytest.raises(psycopg.OperationalError, match="channel binding"):
            connection.connect(user, password)


CONNECT = """
const { connect } = await import(process.argv[1]);
const credentials = { user: process.argv[2], password: process.argv[3] };
for (const port of process.argv.slice(4)) {
  process.env.KEPT_PORT = port;
  const said = await connect(credentials).then(({ run }) => run("SELECT 'in'", []), ({ message }) => message);
  console.log(said.rows?.[0][0] ?? said);
}
process.exit();
"""


def test_nobody_stands_between_a_function_in_nodejs_and_its_server(
    postgres: Database, tmp_path: Path, node_modules: Path
) -> None:
    write(project_with(STORES["ec2-nodejs"]), tmp_path)
    link(tmp_path, node_modules)
    code = str(tmp_path / "functions/notes/connection.mjs")
    with home("between") as folder:
        write_certificates(folder)
        ports = [str(postgres.port), str(between(folder, postgres.port))]
        known = {"KEPT_HOST": "127.0.0.1", "KEPT_DB_NAME": "app", "PATH": os.environ["PATH"]}
        command = ["node", "--no-warnings", "--input-type=module", "--eval", CONNECT, code, *postgres.master, *ports]
        done = subprocess.run(command, env=known, capture_output=True, text=True)
    direct, passed_on = done.stdout.splitlines()
    assert direct == "in"
    assert "channel binding" in passed_on
