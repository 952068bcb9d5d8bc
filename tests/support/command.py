"""The command line, run in this process: quick enough to be asked often."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tierforge.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


class Command:
    """Runs `tierforge` with arguments, as a shell would."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture

    def __call__(self, *arguments: str) -> Answer:
        self.capture.readouterr()
        try:
            main(list(arguments))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = self.capture.readouterr()
        return Answer(code, said.out, said.err)
