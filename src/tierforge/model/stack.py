"""A whole template before it is rendered, and a file of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tierforge.diagnostics import Diagnostic
from tierforge.model.api import Route, Stage
from tierforge.model.functions import Function
from tierforge.model.network import Network
from tierforge.model.parts import Part, Resource


@dataclass(frozen=True, eq=False)
class Stack:
    """The resolved view of one template: `parts` in reading order, and what they are about.

    `stages` are those of its API; clients are given the address of the first. `auths` are its authorizers,
    `guardrails` what holds for all of it, `clients` the platforms of its apps. `site` hosts the page and
    `front_end` is what that is made with; None where nobody hosts one. `services` are the others that it
    calls, and the bus on which it tells them what happened.
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
    queues: tuple[Part, ...]
    network: Network | None
    guardrails: Part
    site: Part | None = None
    front_end: Part | None = None
    services: tuple[Part, ...] = ()
    clients: tuple[Part, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, eq=False)
class File:
    """A file of the project: `path` relative with forward slashes; `owner` says whose it is once written."""

    path: str
    text: str
    owner: Literal["tierforge", "user"] = "tierforge"
    executable: bool = False
