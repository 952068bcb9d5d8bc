"""YAML that is tierforge's own, read by the fastest loader there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may be built without libyaml


def parse_yaml(text: str) -> Any:
    """The data in `text`. Raises yaml.YAMLError where it is no YAML."""
    return yaml.load(text, Loader=Loader)


def read_yaml(path: Path) -> Any:
    """The data in the file at `path`. Raises OSError and yaml.YAMLError."""
    return parse_yaml(path.read_text(encoding="utf-8"))
