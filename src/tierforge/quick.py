"""Commands that start without loading what their plain options don't need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.core import TyperCommand


class QuickCommand(TyperCommand):
    """A command that takes texts and paths as they are typed.

    Typer (0.29) loads pydantic to make a `str` or `Path` of what was typed, which takes as long as a third
    of a render. It asks the option's `_runtime_param` for that; a typer that doesn't only starts slower.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        for parameter in self.params:
            kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
            if kind in (str, Path):
                parameter._runtime_param = _AsTyped(kind)  # type: ignore[attr-defined]


class _AsTyped:
    """What typer calls to turn a text into the option's type."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def coerce(self, value: Any, **_where: Any) -> Any:
        return value if value is None or isinstance(value, self.kind) else self.kind(value)
