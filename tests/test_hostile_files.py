"""Files that are no blueprints: an answer at once, one message, at its place."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.process import BLUEPRINT, tierforge

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs pipes, links, modes and signals of POSIX")

HOSTILE: Mapping[str, bytes] = {
    "an alias bomb": b"a0: &a0 [x]\n"
    + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d," % (n - 1) * 9) for n in range(1, 30)),
    "an alias in itself": b"name: &a [*a]\n",
    "aliases in a chain": b"a0: &a0 x\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, 2000)),
    "5,000 flow levels": b"name: " + b"[" * 5000 + b"]" * 5000,
    "5,000 flow levels that don't end": b"name: " + b"{a: " * 5000,
    "5,000 block levels": b"".join(b" " * n + b"a:\n" for n in range(1200)),
    "5,000 levels on one line": b"- " * 5000,
    "Latin-1": "name: café\n".encode("latin-1"),
    "UTF-16": BLUEPRINT.encode("utf-16"),
    "UTF-32": BLUEPRINT.encode("utf-32"),
    "nothing": b"",
    "white space": b"\n   \n\n",
    "comments": b"# one\n# two\n",
    "a list": b"- name: box-office\n",
    "a word": b"box-office\n",
    "two documents": BLUEPRINT.encode() + b"---\n" + BLUEPRINT.encode(),
    "a NUL": BLUEPRINT.encode() + b"description: a\0b\n",
    "only NULs": b"\0" * 4096,
    "50 MB": b"# " + b"x" * 50_000_000,
    "one long line": b"name: {" + b",".join(b"a%d: 1" % n for n in range(100_000)) + b"}",
    "a megabyte of keys": b"".join(b"key%d: 1\n" % n for n in range(80_000)),
    "a tab": b"name:\n\tx: 1\n",
    "a program": b"\x7fELF\x02\x01\x01\0" + bytes(range(256)),
    "a number without end": b"version: 0x" + b"f" * 100_000,
}


def is_refused(answer: subprocess.CompletedProcess[str], code: int, first: str) -> None:
    """One message that begins with `first`, no traceback."""
    assert answer.returncode == code, answer.stderr
    assert answer.stderr.startswith(first), answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr) < 200_000


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_at_its_place(content: bytes, tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(content)
    answer = tierforge("validate", "--no-lint", folder=tmp_path, HOME=str(own_home))
    is_refused(answer, 1, "app.yaml:")
    assert [path.name for path in tmp_path.iterdir()] == ["app.yaml"]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + BLUEPRINT.encode(), BLUEPRINT.replace("\n", "\r\n").encode(), BLUEPRINT.encode().rstrip()],
    ids=["byte order mark", "CRLF", "no last line end"],
)
def test_what_editors_do_to_files_is_no_fault(content: bytes, tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "app.yaml").write_bytes(content)
    answer = tierforge("validate", "--no-lint", folder=tmp_path, HOME=str(own_home))
    assert answer.returncode == 0, answer.stderr


@posix_only
@pytest.mark.parametrize(
    "kind", ["missing", "folder", "pipe", "device", "endless device", "unreadable", "link to itself"]
)
def test_what_is_no_file_is_not_waited_for(kind: str, tmp_path: Path, own_home: Path) -> None:
    path = tmp_path / "app.yaml"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path = Path(os.devnull)
        case "endless device":
            path = Path("/dev/zero")
        case "link to itself":
            path.symlink_to(path)
        case "unreadable":
            path.write_text(BLUEPRINT)
            path.chmod(0)
            if os.access(path, os.R_OK):
                pytest.skip("this user may read everything")
    answer = tierforge("validate", "--blueprint", path, folder=tmp_path, HOME=str(own_home))
    is_refused(answer, 2, "error: cannot read the blueprint")
