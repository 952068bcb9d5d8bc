"""The API: its paths, routes and stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from tierforge.diagnostics import Span
from tierforge.model.parts import Options, Part, Resource, Where


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
class Cached:
    """How long a stage keeps a route's answers (None: as long as the API says), and by which request parameters.

    `keys` are what the blueprint names beside the parameters that a route has by itself; `shared` says that
    the answer is the same for every caller. `where` is the place of all this in the blueprint.
    """

    ttl_seconds: int | None
    keys: tuple[str, ...]
    shared: bool
    where: Where


@dataclass(frozen=True, eq=False)
class Route:
    """A method of the API.

    `operation` is list, create, read, update, delete or custom, `like` the operation that a custom one's
    method and path look like. `integration` answers it, `function` is the name of ours that it calls ("" for none),
    which is its `own` or serves other routes too; `settings` are the places that say how that function runs.
    `parameters` are those of the path, `query` and `optional_query` those of the query string, `headers` optional
    ones that API Gateway has to know; `cache` says how the answer is kept, `api_key` that callers send one;
    `scopes` and `groups` are those that the blueprint allows (any of them is enough; none of them: all callers),
    `members` the groups that get it by a role of theirs, so that nobody else has to check them;
    `body` is the JSON Schema of what it takes, `status` the answer when all went well.
    """

    name: str
    method: str
    path: str
    operation: str
    like: str
    resource: Resource
    function: str
    auth: Part
    integration: Part
    access: Literal["read", "write"]
    status: int
    span: Span
    scopes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    optional_query: tuple[str, ...] = ()
    body: Mapping[str, Any] | None = None
    throttle: Mapping[str, Any] | None = None
    headers: tuple[str, ...] = ()
    cache: Cached | None = None
    api_key: bool = False
    own: bool = False
    settings: tuple[Where, ...] = ()


@dataclass(frozen=True, eq=False)
class Setting:
    """What a stage does with one method: `path` and `method` as API Gateway writes them, * for all.

    `throttle` and `ttl_seconds` (None: not kept) are its own; the rest is the stage's.
    """

    path: str
    method: str
    throttle: Mapping[str, Any]
    ttl_seconds: int | None = None


@dataclass(frozen=True, eq=False)
class AccessLog:
    """What a stage writes for each request: a line of `format`.

    `fields` are those of a line of JSON, key and $context variable, and `keys` the same by variable; both are
    empty where the line is no JSON.
    """

    format: str
    fields: tuple[tuple[str, str], ...]
    keys: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of the API: `id` is the stem of its logical IDs ("" for the only one), `alias` what its functions run.

    `options` are what the blueprint says of it under `stages`, with the API's own settings where it is silent.
    `release` begins the parameters that say which release it serves; `moved` tells that releases are moved to it
    once another stage has them. `canary` marks the side of a stage that gets a share of its requests.
    """

    name: str
    id: str
    alias: str
    options: Options
    span: Span
    release: str = ""
    moved: bool = False
    canary: bool = False

    @property
    def sides(self) -> tuple[Stage, ...]:
        """The stage as it is addressed: itself, and the side of its canary where it can have one."""
        if not self.options["canary"]:
            return (self,)
        alias = f"{self.alias}-canary" if self.id else "canary"
        return self, replace(self, id=f"{self.id}Canary", alias=alias, canary=True)
