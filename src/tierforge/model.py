"""What the stages hand to each other: plain frozen records without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tierforge.diagnostics import Diagnostic, Span

Options = Mapping[str, Any]
Where = tuple[str | int, ...]  # keys and indexes that lead to a place in a blueprint


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class Part:
    """One use of a component in one application.

    `id` is the PascalCase stem of its logical IDs ("" for what exists once), `role` the template of
    the component that renders it (`resources` is `resources.yaml.j2`), `facts` what its component
    says of it under these options, `view` what its templates see beside the stack; `uses` are the parts
    that fill its slots. `where` is the place of its options in the blueprint, `span` what is told of it.
    """

    component: Component
    name: str
    span: Span
    id: str = ""
    role: str = "resources"
    options: Options = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    where: Where = ()


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


@dataclass(frozen=True, eq=False)
class Path:
    """A path part of the API: `id` and `parent` are logical IDs' stems, `methods` what stands there."""

    path: str
    part: str
    id: str
    parent: str | None
    methods: tuple[str, ...]
    span: Span


@dataclass(frozen=True, eq=False)
class Route:
    """A method of the API. `operation` is list, create, read, update, delete or custom.

    `integration` answers it, `function` is the name of ours that it calls ("" for none);
    `parameters` are those of the path, `query` and `optional_query` those of the query string;
    `scopes` (of an access token, any of them) and `groups` (of the user pool) say who may call;
    `body` is the JSON Schema of what it takes, `status` the answer when all went well.
    """

    name: str
    method: str
    path: str
    operation: str
    resource: Resource
    function: str
    auth: Part
    integration: Part
    access: Literal["read", "write"]
    status: int
    span: Span
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    optional_query: tuple[str, ...] = ()
    body: Mapping[str, Any] | None = None
    throttle: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Use:
    """What a function does with another part.

    `role` is `primary` or `cache` for a data store, `owner` for a store's own functions and `attachment`
    for anything else (a network). `operations` are list, create, read, update, delete, migrate, stream.
    """

    part: Part
    role: str
    operations: tuple[str, ...] = ()
    resource: Resource | None = None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Services that a function in a VPC has to reach for this use."""
        return tuple(self.part.facts.get("own_endpoints" if self.role == "owner" else "endpoints", ()))


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class File:
    """A file of the project: `path` relative with forward slashes; `owner` says whose it is once written."""

    path: str
    text: str
    owner: Literal["tierforge", "user"] = "tierforge"
    executable: bool = False


@dataclass(frozen=True, eq=False)
class Edge:
    """A connection that the network lets through: from `function` to a part's group or to an address.

    `towards` is the egress rule's property; `both` says whether the other side needs a rule too.
    """

    id: str
    function: Function
    port: int
    why: str
    target: Part | None = None
    towards: str = "DestinationSecurityGroupId"
    address: str = ""
    both: bool = True


@dataclass(frozen=True, eq=False)
class Subnet:
    """A private subnet: `zone` is its zone's name or "" for the next of the Region; `used` by functions."""

    letter: str
    zone: str
    used: bool


@dataclass(frozen=True, eq=False)
class Gateway:
    """A gateway endpoint, with the functions and stores it is for and the parameter of its prefix list."""

    service: str
    parameter: str
    functions: tuple[Function, ...]
    stores: tuple[Part, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """The VPC as functions and stores need it."""

    part: Part
    subnets: tuple[Subnet, ...]
    functions: tuple[Function, ...]
    interfaces: tuple[str, ...]
    gateways: tuple[Gateway, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of the API: `id` is the stem of its logical IDs ("" for the only one), `alias` what its functions run.

    `options` are what the blueprint says of it under `stages`, with the API's own settings where it is silent.
    """

    name: str
    id: str
    alias: str
    options: Options
    span: Span


@dataclass(frozen=True, eq=False)
class Stack:
    """The resolved view of one template: `parts` in reading order, and what they are about.

    `stages` are those of its API; clients are given the address of the first. `auths` are its authorizers.
    """

    name: str
    stages: tuple[Stage, ...]
    parts: tuple[Part, ...]
    api: Part
    auths: tuple[Part, ...]
    resources: tuple[Resource, ...]
    routes: tuple[Route, ...]
    functions: tuple[Function, ...]
    stores: tuple[Part, ...]
    network: Network | None
    notes: tuple[Diagnostic, ...] = ()
