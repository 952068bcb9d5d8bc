"""What the stages hand to each other: plain frozen records without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tierforge.diagnostics import Span

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Component:
    """A folder under `templates/<kind>/<name>/`.

    `data` is its `component.yaml`; `files` are the names of the files in it, relative and sorted.
    """

    kind: str
    name: str
    root: str
    data: Mapping[str, Any]
    files: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True)
class Part:
    """One use of a component in one application.

    `id` is the PascalCase stem of its logical IDs ("" for what exists once), `role` the template of
    the component that renders it (`resources` is `resources.yaml.j2`), `facts` what its component
    says of it under these options, `view` what its templates see beside the stack.
    """

    component: Component
    name: str
    span: Span
    id: str = ""
    role: str = "resources"
    options: Options = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """A field that says whose an item is: `attribute` of the item, and where a request carries it.

    `source` is `claim` (of the caller's token) or `path` (a parameter of the path); `name` names it there.
    """

    attribute: str
    source: Literal["claim", "path"]
    name: str


@dataclass(frozen=True)
class Resource:
    """A resource of the API: `/tickets` and what can be done with its items.

    `id` is the path parameter and attribute of an item's identifier, `scope` what else is in its key,
    `list_by` the index that `list` queries (`index`, `attribute`, `type`) or None.
    """

    name: str
    path: str
    id: str
    singular: str
    operations: tuple[str, ...]
    scope: tuple[Scope, ...]
    store: str | None
    list_by: Mapping[str, str] | None
    span: Span


@dataclass(frozen=True)
class Route:
    """A method of the API. `operation` is list, create, read, update, delete or custom."""

    name: str
    method: str
    path: str
    operation: str
    resource: Resource
    function: str
    auth: Part
    scopes: tuple[str, ...]
    groups: tuple[str, ...]
    parameters: tuple[str, ...]
    query: tuple[str, ...]
    request_schema: Mapping[str, Any] | None
    throttle: Mapping[str, Any] | None
    span: Span


@dataclass(frozen=True)
class Use:
    """What a function does with another part.

    `role` is `primary` or `cache` for a data store, `owner` for a store's own functions and `attachment`
    for anything else (a network). `operations` are list, create, read, update, delete, migrate, stream.
    """

    part: Part
    role: str
    operations: tuple[str, ...] = ()
    resource: Resource | None = None


@dataclass(frozen=True)
class Function:
    """A Lambda function: `kind` names the tree of code it is made from (`api`, `migrate`).

    `folder` is its place in the project; `includes` further folders that go into its package, as
    (folder in the project, folder in the package).
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


@dataclass(frozen=True)
class File:
    """A file of the project: `path` relative with forward slashes; `owner` says whose it is once written."""

    path: str
    text: str
    owner: Literal["tierforge", "user"] = "tierforge"
    executable: bool = False
