"""Samples of how the API is called: those that its authorizers bring, and those of the platforms under `clients`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.model import File, Part, Stack
from tierforge.project.code import tree_of
from tierforge.stack.clients import signs_in
from tierforge.template.render import rendered

FOLDER = "clients/"
GUIDE = "client/README.md.j2"


def client_files(stack: Stack, blueprint: Blueprint, env: SandboxedEnvironment) -> list[File]:
    """The files of the project's folder of clients; what several authorizers bring comes from the first."""
    app = {"name": blueprint.name, "region": blueprint.region, "environment": blueprint.environment}
    found: dict[str, str] = {}
    for auth in stack.auths:
        context = {"app": app, "options": auth.options, "facts": auth.facts}
        for tree in (FOLDER, *(f"{FOLDER[:-1]}.{variant}/" for variant in auth.variants)):
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
        "redirect": _own_address(auth, "callback_urls", f"{name}://callback"),
        "logout": _own_address(auth, "logout_urls", f"{name}://logout"),
        "registered": bool(auth.facts.get("registers")),
        "example": first.path,
    }
    yield "README.md", rendered(env, GUIDE, context)
    for client in stack.clients:
        for path, text in tree_of(client.component, "app/", context, env):
            yield f"{client.name}/{path}", text


def _own_address(auth: Part, option: str, default: str) -> str:
    """Where the browser comes back to an app: the first of an option's addresses that no web page has."""
    said: Sequence[str] = auth.options.get(option) or ()
    return next((url for url in said if not re.match("https?:", url)), default)
