"""A project in a folder, with the command line to work on it, and its packaged template read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tierforge.cli import main

BLUEPRINT = """\
name: box-office
pattern: mobile-backend
handlers: plain
profile: dev
auth: {method: cognito}
resources:
  tickets: {operations: [list, create, read], data_store: tickets, owner: true}
data_stores:
  tickets: {type: dynamodb}
observability: {alarms: {email: someone@example.com}}
"""
FUNCTION, ALIAS = "TicketsFunction", "TicketsAlias"


@dataclass(frozen=True)
class Workplace:
    """A project's folder, with the command line to work on it."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def handler(self) -> Path:
        return self.root / "functions" / "tickets" / "handler.py"

    def says(self, blueprint: str) -> None:
        """Write the blueprint and render it."""
        (self.root / "app.yaml").write_text(blueprint, encoding="utf-8")
        assert self.run("render", "--no-lint")[0] == 0

    def edit(self, comment: str) -> None:
        """Change the handler's code."""
        self.handler.write_text(f"{self.handler.read_text(encoding='utf-8')}\n# {comment}\n", encoding="utf-8")

    def run(self, command: str, *options: str) -> tuple[int, str]:
        """Run a command; its exit code, and what it told."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([command, "--blueprint", str(self.root / "app.yaml"), *options])
        return int(left.value.code or 0), self.capsys.readouterr().err

    def package(self, *options: str, name: str = "packaged.yaml") -> dict[str, Any]:
        """The packaged template, read as CloudFormation reads it."""
        assert self.run("package", *options)[0] == 0
        return read(self.root / name)


def read(path: Path) -> dict[str, Any]:
    """A template as CloudFormation reads it: intrinsic functions in their long form."""
    from cfnlint.decode.decode import decode_str  # here: most tests can do without its second

    template, faults = decode_str(path.read_text(encoding="utf-8"))
    assert not faults
    found: dict[str, Any] = json.loads(json.dumps(template))
    return found


@pytest.fixture
def workplace(tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> Workplace:
    made = Workplace(tmp_path, capsys)
    made.says(BLUEPRINT)
    return made


def code(function: Mapping[str, Any]) -> str:
    return str(function["Code"]["S3Key"])


def merged(blueprint: str, change: str) -> str:
    """A blueprint with a small change laid over it."""

    def over(base: Any, patch: Any) -> Any:
        if not isinstance(patch, dict) or not isinstance(base, dict):
            return patch
        return {**base, **{key: over(base.get(key), value) for key, value in patch.items()}}

    return yaml.safe_dump(over(yaml.safe_load(blueprint), yaml.safe_load(change)))


def with_constant_version(template: dict[str, Any]) -> dict[str, Any]:
    name = next(name for name, said in template["Resources"].items() if said["Type"] == "AWS::Lambda::Version")
    text = json.dumps(template).replace(name, "TicketsVersion").replace(name[-8:], "constant")
    made: dict[str, Any] = json.loads(text)
    return made
