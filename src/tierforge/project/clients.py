"""Samples of how the API is called: those that its authorizers bring, and those of the platforms under `clients`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.model import File, Part, Stack
from tierforge.project.code import tree_of
from tierforge.stack.clients import back_to, signs_in
from tierforge.template.render import rendered

FOLDER = "clients/"
GUIDE = "client/README.md.j2"


def client_files(stack: Stack, blueprint: Blueprint, env: SandboxedEnvironment) -> list[File]:
    """The files of the project's folder of clients; what several authorizers bring comes from the first."""
    app = {"name": blueprint.name, "region": blueprint.region, "environment": blueprint.environment}
    found: dict[str, str] = {}
    for auth in stack.auths:
        context = {"app": app, "options": auth.options, "facts": auth.facts}
        for tree in _trees(auth):
            for path, text in tree_of(auth.component, tree, context, env):
                found.setdefault(path, text)
    found |= dict(_apps(stack, {"app": app}, env))
    return [File(FOLDER + path, text, owner="user") for path, text in found.items()]


def _apps(stack: Stack, context: Mapping[str, Any], env: SandboxedEnvironment) -> Iterator[tuple[str, str]]:
    auth = signs_in(stack.auths)
    if not auth or not stack.clients:
        return
    name = context["app"]["name"]
    first = next((route for route in stack.routes if route.method == "GET" and not route.parameters), stack.routes[0])
    context = {
        **context,
        "clients": stack.clients,
        **back_to(auth, name),
        "registered": bool(auth.facts.get("registers")),
        "example": first.path,
    }
    yield "README.md", rendered(env, GUIDE, context)
    for client in stack.clients:
        own = {**context, **back_to(auth, name, client.component)}
        for path, text in tree_of(client.component, "app/", own, env):
            yield f"{client.name}/{path}", text


def has_clients(stack: Stack) -> bool:
    """Whether the project has such a folder."""
    brought = [file.startswith(_trees(auth)) for auth in stack.auths for file in auth.component.files]
    return bool(stack.clients) or any(brought)


def _trees(auth: Part) -> tuple[str, ...]:
    """The folders of an authorizer's samples: for all of its kind, and for its variants."""
    return (FOLDER, *(f"{FOLDER[:-1]}.{variant}/" for variant in auth.variants))
