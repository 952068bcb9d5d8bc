"""What the real database servers of the tests have in common: an owner, a port, certificates."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

START_SECONDS = 30
NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Server:
    """A running server that speaks TLS only. `master` is its user with the rights that AWS gives a master."""

    port: int
    ca_bundle: Path
    host: str = "localhost"
    database: str = "app"
    master: tuple[str, str] = ("master", "master's password")
    socket: Path | None = None  # where nobody is asked for a password, for what the tests put in front of it
    data_api: str = ""  # the address of what stands for the Data API in front of it


def owner() -> dict[str, Any]:
    """Arguments of subprocess that give up root: database servers refuse to run as root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def home(name: str) -> Iterator[Path]:
    """A folder that belongs to the server (pytest's own folders may be entered by their owner only)."""
    folder = Path(tempfile.mkdtemp(prefix=f"tierforge-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def give_to_owner(folder: Path) -> None:
    if to := owner():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, to["user"], to["group"])


def listens(port: int) -> None:
    """Raises OSError unless something listens on `port` of this machine."""
    socket.create_connection(("localhost", port), timeout=1).close()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def run(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] = NONE) -> None:
    """Run `command` to its end. Raises RuntimeError with what it printed if it fails."""
    variables = os.environ | environment
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=variables, **owner())
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")


@contextmanager
def running(
    command: Sequence[str | Path],
    cwd: Path,
    ready: Callable[[], object],
    environment: Mapping[str, str] = NONE,
    as_root: bool = False,
    halt: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """Keep `command` running, `as_root` if the tests do, until it is told to `halt`.

    Enters once `ready` raises nothing any more.
    """
    log = cwd / "server.log"
    with log.open("wb") as out:
        variables, who = os.environ | environment, {} if as_root else owner()
        process = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=out, env=variables, **who)
    try:
        _wait(process, ready, log)
        yield
    finally:
        process.send_signal(halt)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ready()
            return
        except Exception as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {log.read_text()}") from error
            time.sleep(0.05)


def write_certificates(folder: Path) -> Path:
    """Write `ca.pem`, and `server.pem` and `server.key` for localhost signed by it; the path of the CA."""
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _certificate("test authority", authority_key.public_key(), None, authority_key)
    server = _certificate("localhost", server_key.public_key(), authority, authority_key)
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(server.public_bytes(serialization.Encoding.PEM))
    key = folder / "server.key"
    key.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key.chmod(0o600)
    return folder / "ca.pem"


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Certificate | None,
    signing: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=issuer is None,
                crl_sign=issuer is None,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(signing, hashes.SHA256())
    )
