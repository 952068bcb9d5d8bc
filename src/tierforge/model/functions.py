"""Lambda functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tierforge.diagnostics import Span
from tierforge.model.api import Route
from tierforge.model.parts import Options, Part, Use, Where


@dataclass(frozen=True, eq=False)
class Function:
    """A Lambda function: `kind` names the tree of code it is made from (`api`, `worker`, `migrate`).

    `folder` is its place in the project; `includes` further folders that go into its package, as
    (folder in the project, folder in the package). `trigger` is what calls a worker, `where` its place in the
    blueprint. `callers` are the uses of it by functions that call it. `places` are those that say how a function
    runs, later ones above earlier ones; `packaged` code has a Python package for each resource, below what they
    share.
    """

    name: str
    id: str
    kind: str
    description: str
    folder: str
    runtime: Part
    identifier: str
    settings: Options
    span: Span
    routes: tuple[Route, ...] = ()
    uses: tuple[Use, ...] = ()
    includes: tuple[tuple[str, str], ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    trigger: Part | None = None
    where: Where = ()
    places: tuple[Where, ...] = ()
    packaged: bool = False
    callers: tuple[Part, ...] = ()

    @property
    def follows_alias(self) -> bool:
        """Whether it calls another function by the alias that it was called by itself: that of its stage."""
        return any(use.part.view.get("by_alias") for use in self.uses)
