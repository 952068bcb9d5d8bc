"""What a component is, how one application uses it, and the resources whose items a use is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tierforge.diagnostics import Span

Options = Mapping[str, Any]
Where = tuple[str | int, ...]  # keys and indexes that lead to a place in a blueprint


@dataclass(frozen=True, eq=False)
class Component:
    """A folder under `templates/<kind>/<name>/`.

    `data` is its `component.yaml`; `files` are the names of the files in it, relative and sorted, and of those
    that it has from the component that it `extends`: `inherited` says from which, by file.
    """

    kind: str
    name: str
    root: str
    data: Mapping[str, Any]
    files: tuple[str, ...]
    inherited: Mapping[str, str] = field(default_factory=dict)

    def template(self, file: str) -> str:
        """Where a file of it stands below `templates/`."""
        return f"{self.kind}/{self.inherited.get(file, self.name)}/{file}"

    def has_code(self, language: str, kind: str, variants: Sequence[str]) -> bool:
        """Whether it has code in a language for functions of a kind: of one of the variants, if any language has it."""
        wanted = {f"{kind}.{variant}" for variant in variants}
        trees = {tuple(file.split("/")[1:3]) for file in self.files if file.startswith("code/")}
        here = {folder for spoken, folder in trees if spoken == language}
        apart = any(name.startswith(f"{kind}.") for name in here)
        if wanted and (apart or not wanted.isdisjoint({folder for _, folder in trees})):
            return not wanted.isdisjoint(here)
        return kind in here

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, eq=False)
class Part:
    """One use of a component in one application.

    `id` is the PascalCase stem of its logical IDs ("" for what exists once), `of` the name in the blueprint of
    the resource or route that it belongs to ("" for none), `role` the template of
    the component that renders it (`resources` is `resources.yaml.j2`), `facts` what its component
    says of it under these options, `view` what its templates see beside the stack; `uses` are the parts
    that fill its slots. `where` is the place of its options in the blueprint, `span` what is told of it.
    """

    component: Component
    name: str
    span: Span
    id: str = ""
    of: str = ""
    role: str = "resources"
    options: Options = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    where: Where = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants of its component's code that it needs: what the fact `variant` says, a name or several."""
        said = self.facts.get("variant") or ()
        return (said,) if isinstance(said, str) else tuple(said)

    @property
    def adopted(self) -> bool:
        """Whether it stands already, so that it is used and not made."""
        return bool(self.options.get("existing"))


@dataclass(frozen=True, eq=False)
class Scope:
    """A field that says whose an item is: `attribute` of the item, and where a request carries it.

    `source` is `claim` (of the caller's token) or `path` (a parameter of the path); `name` names it there.
    """

    attribute: str
    source: Literal["claim", "path"]
    name: str


@dataclass(frozen=True, eq=False)
class Resource:
    """A resource of the API: `/tickets` and what can be done with its items.

    `id` is the path parameter and attribute of an item's identifier, `scope` what else is in its key,
    `list_by` the index that `list` queries (`index`, `attribute`, `type`, and with a sort key `sort` and
    `sort_type`) or None. `publishes` are the events that tell of its operations, by these.
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
    publishes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Use:
    """What a function does with another part.

    `role` is `primary` or `cache` for a data store, `source` for one that a trigger is about, `owner` for a
    store's own functions, `callee` for a function that is called, `publisher` for a bus that takes its events, `secret`
    for what it reads to sign in elsewhere and `attachment` for anything else (a network). `operations` are list,
    create, read, update, delete, migrate, stream; of a bus, the names of the events.
    """

    part: Part
    role: str
    operations: tuple[str, ...] = ()
    resource: Resource | None = None

    @property
    def in_vpc(self) -> bool:
        """Whether a function has to be in a VPC for this use; one that a store brings along may do without."""
        own = self.part.facts.get("own_vpc") if self.role == "owner" else None
        return bool(self.part.facts.get("vpc") if own is None else own)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Services that a function in a VPC has to reach for this use."""
        return tuple(self.part.facts.get("own_endpoints" if self.role == "owner" else "endpoints", ()))
