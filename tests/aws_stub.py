"""A stand-in for the AWS CLI: notes every call, answers from a table, applies --query as the CLI does.

The program `aws` is a few lines of bash that ask this process: a Python of its own for every call would
take most of the time of the tests.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import jmespath

_PROGRAM = """\
exec 3<>/dev/tcp/127.0.0.1/{port}
printf '%s\\0' "$PWD" "$@" END >&3
read -r code <&3
if [ "$code" = 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
"""


class AwsStub:
    """The table, and in `calls` the calls so far, a line each. Close it in the end."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._table: list[tuple[set[str], tuple[Any, ...]]] = []
        self._turns: Counter[int] = Counter()
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def program(self) -> str:
        """The lines of bash that are to be called `aws`."""
        return _PROGRAM.format(port=self._socket.getsockname()[1])

    def answers(self, call: str, *documents: Any) -> None:
        """Calls that hold all words of `call` get `documents` in turn, and the last one for ever after.

        A mapping is what the service says, a text what the CLI prints, an exception an error, a function
        gives one of them for the words of the call. Later answers win over earlier ones.
        """
        self._table.append((set(call.split()), documents))

    def close(self) -> None:
        with suppress(OSError):  # not everywhere is what only listens shut down
            self._socket.shutdown(
                socket.SHUT_RDWR
            )  # wakes the thread, which else waits on, and may take another's call
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed
                return
            with connection:
                asked = b""
                while not asked.endswith(b"\0END\0"):
                    asked += connection.recv(65536)
                folder, *words = asked.decode().split("\0")[:-2]
                connection.sendall("{}\n{}".format(*self._answer(Path(folder), words)).encode())

    def _answer(self, folder: Path, words: list[str]) -> tuple[int, str]:
        """The exit code and what is printed."""
        self.calls.append(" ".join(words).replace("\n", " "))
        for number in reversed(range(len(self._table))):
            call, documents = self._table[number]
            if call <= set(words):
                document = documents[min(self._turns[number], len(documents) - 1)]
                self._turns[number] += 1
                return self._printed(document, folder, words)
        return 255, f"the stand-in has no answer to {words}\n"

    def _printed(self, document: Any, folder: Path, words: list[str]) -> tuple[int, str]:
        if callable(document):
            try:
                document = document(words)
            except Exception as fault:  # else nobody would answer from here on
                return 255, f"the stand-in failed at {words}: {fault!r}\n"
        if isinstance(document, Exception):
            return 254, f"\naws: {document}\n"
        if isinstance(document, str):
            return 0, document
        if words[:2] == ["lambda", "invoke"]:
            (folder / words[-1]).write_text(json.dumps(document["Payload"]))
        if "--query" not in words:
            return 0, ""
        text = _as_text(jmespath.search(words[words.index("--query") + 1], document))
        return 0, f"{text}\n" if text else ""


def _as_text(value: Any) -> str:
    """`value` as `--output text` prints it."""
    if not isinstance(value, list):
        return str(value)
    rows = value if any(isinstance(row, list) for row in value) else [value]
    return "\n".join("\t".join(map(str, row)) for row in rows)
