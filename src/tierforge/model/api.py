"""The API: its paths, routes and stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
class Route:
    """A method of the API. `operation` is list, create, read, update, delete or custom.

    `integration` answers it, `function` is the name of ours that it calls ("" for none), which is its `own`
    or serves other routes too; `settings` are the places of the blueprint that say how that function runs.
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
    own: bool = False
    settings: tuple[Where, ...] = ()


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
