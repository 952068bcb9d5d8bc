"""Functions and stores, turned into the code, tests and migrations that belong to the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import BlueprintError, Diagnostic
from tierforge.model import Component, File, Function, Part, Resource, Stack, Use
from tierforge.names import module, snake
from tierforge.project.callers import known_callers
from tierforge.project.joined import JOINED
from tierforge.stack.caches import CACHE
from tierforge.stack.events import PUBLISHER
from tierforge.stack.invocations import CALLEE
from tierforge.stack.secrets import SECRET
from tierforge.stack.service_calls import SERVICE
from tierforge.template.render import rendered

# Roles of what a function keeps nothing in: what its trigger is about, what it calls, what it reads to sign in, and
# where it publishes.
NO_STORES = ("source", CALLEE, SECRET, SERVICE, PUBLISHER)
ITEMS = "api"  # the tree of a store's code that works on items, whatever kind of function does
PACKAGES = "resources"  # the folder of the resources' packages, where one function serves all of them


def code_files(stack: Stack, blueprint: Blueprint, env: SandboxedEnvironment) -> list[File]:
    """Every file of the functions' folders and of the stores' migrations.

    Raises BlueprintError where a store has no code for a function's language, or two stores of one
    function would bring the same file.
    """
    files = [file for function in stack.functions for file in _function(function, stack, blueprint, env)]
    return files + [file for store in stack.stores for file in _migrations(store, stack, env)]


def _function(function: Function, stack: Stack, blueprint: Blueprint, env: SandboxedEnvironment) -> Iterator[File]:
    found: dict[str, str] = {}
    origins: dict[str, tuple[Component, Use | None]] = {}
    language = function.runtime.component.data
    joined = language["joined"]
    for piece in _pieces(function):
        primary = next(_kept(piece.function), None) if piece.resource_code else None
        context = {
            "app": {"name": blueprint.name},
            "function": piece.function,
            "package": piece.package,
            "resource": piece.resource,
            "use": primary,
            "store": primary.part if primary else None,
            "cache": next(_caches(piece.function), None) if piece.resource_code else None,
            "resources": _users(primary.part, stack) if primary else [],
            **known_callers(piece.function.routes),
        }
        for component, tree, use in _trees(piece, stack.api.facts["payload"]):
            more = {"use": use, "store": use.part} if use else {}
            for name, text in tree_of(component, tree, {**context, **more}, env):
                path = name if use in (None, primary) else _apart(name, use, language["repository"])
                if path is None:
                    continue
                if path in joined:
                    found[path] = JOINED[joined[path]](found.get(path, ""), text)
                    continue
                path = _placed(path, piece.package)
                own = origins.get(path) == (component, use)  # a variant's file takes the place of that of all variants
                if not own and not text.strip():
                    continue
                if not own and path in found:
                    raise BlueprintError([_clash(function, path, origins[path][0], component)])
                found[path] = text
                origins[path] = component, use
    for path, text in sorted((path, text) for path, text in found.items() if text.strip()):
        yield File(f"{function.folder}/{path}", text, owner="user")


@dataclass(frozen=True)
class Piece:
    """Files of a function that are rendered together: what all of its resources share, what is one's, or both.

    `function` is it as far as these files go; `package` is "" for the function's own folder.
    """

    function: Function
    resource: Resource | None
    package: str
    shared_code: bool
    resource_code: bool


def _pieces(function: Function) -> Iterator[Piece]:
    resources = list({route.resource.name: route.resource for route in function.routes}.values())
    if not function.packaged:
        uses = {use.resource.name: use.operations for use in function.uses if use.resource}
        served = [replace(r, operations=uses.get(r.name, r.operations)) for r in resources]
        own = next((use.resource for use in _kept(function)), None)
        yield Piece(function, served[0] if served else own, "", shared_code=True, resource_code=True)
        return
    yield Piece(function, None, "", shared_code=True, resource_code=False)
    for resource in resources:
        routes = tuple(route for route in function.routes if route.resource is resource)
        uses_own = tuple(use for use in function.uses if use.resource is resource)
        part = replace(function, routes=routes, uses=uses_own)
        yield Piece(part, resource, module(resource.name), shared_code=False, resource_code=True)


def _placed(path: str, package: str) -> str:
    """Where a file of a resource's package goes; an empty `package` is the function's own folder."""
    if not package:
        return path
    tests = path.removeprefix("tests/")
    return f"tests/{package}/{tests}" if tests != path else f"{PACKAGES}/{package}/{path}"


def _trees(piece: Piece, payload: str) -> Iterator[tuple[Component, str, Use | None]]:
    """The folders of code that make up a piece of a function: whose they are, and the use of a store they are for.

    `payload` is the form of the events that the API sends: what reads them stands apart.
    """
    function = piece.function
    runtime, kind = function.runtime.component, function.kind
    everywhere = kind in runtime.data.get("shared", ())
    if piece.shared_code:
        yield runtime, f"code/package/{function.settings['package']}/", None
        if everywhere:
            yield runtime, "code/shared/", None
        for tree in ("common", function.settings["handlers"]):
            yield runtime, f"code/{kind}/{tree}/", None
            yield runtime, f"code/{kind}/{tree}.payload-{payload}/", None
        used = {role: [use.part for use in function.uses if use.role == role] for role in NO_STORES}
        calls = (("caller", used[CALLEE]), ("caller", used[SERVICE]), ("callee", function.callers))
        for tree, parts in (*calls, ("secret", used[SECRET]), (PUBLISHER, used[PUBLISHER])):
            for part in parts[:1]:
                yield part.component, _in_language(part, tree, function), None
    if not piece.resource_code:
        yield runtime, f"code/{kind}/packages/", None
        return
    if everywhere:
        yield runtime, "code/resource/", None
    yield runtime, f"code/{kind}/resource/", None
    if piece.package:
        yield runtime, f"code/{kind}/package/", None
    if function.trigger:
        yield runtime, f"code/{kind}/{function.trigger.facts['delivery']}/", None
        tree = _in_language(function.trigger, kind, function)
        yield function.trigger.component, tree, None
        for variant in function.trigger.variants:
            yield function.trigger.component, f"{tree[:-1]}.{variant}/", None
    for use in _kept(function):
        own = (CACHE if use.role == CACHE else ITEMS) if use.resource else kind
        for named in (own, *use.part.component.data.get("beside", {}).get(own, ())):
            tree = _in_language(use.part, named, function)
            yield use.part.component, tree, use
            for variant in use.part.variants:
                yield use.part.component, f"{tree[:-1]}.{variant}/", use
    for _ in _caches(function):
        yield runtime, "code/cached/", None


def _kept(function: Function) -> Iterator[Use]:
    """The stores that a function keeps things in, or was brought by; what its trigger is about has code of its own."""
    return (use for use in function.uses if use.role not in NO_STORES)


def _caches(function: Function) -> Iterator[Use]:
    """The store that a function asks before the one that keeps its items, if there is one."""
    return (use for use in function.uses if use.role == CACHE)


def _in_language(part: Part, kind: str, function: Function) -> str:
    """The folder of a part's code of a kind, in a function's language. Raises BlueprintError where it has none."""
    tree = f"code/{function.runtime.component.name}/{kind}"
    if not part.component.has_code(function.runtime.component.name, kind, part.variants):
        what = f"the {part.component.kind.replace('-', ' ')} {part.name!r}"
        message = f"{what} has no {function.runtime.component.name} code for functions of kind {function.kind}"
        raise BlueprintError([Diagnostic(message, function.span, "choose another `runtime`")])
    return f"{tree}/"


def tree_of(
    component: Component, tree: str, context: Mapping[str, Any], env: SandboxedEnvironment
) -> Iterator[tuple[str, str]]:
    """The files below a folder of a component, by their path in it: `.j2` is rendered, the rest as it is."""
    for file in component.files:
        if file.startswith(tree):
            name = component.template(file)
            text = rendered(env, name, context) if file.endswith(".j2") else source(env, name)
            yield file.removeprefix(tree).removesuffix(".j2"), text


def source(env: SandboxedEnvironment, name: str) -> str:
    """The text of a file that is copied as it is."""
    assert env.loader is not None  # noqa: S101 - our own environment has one
    return env.loader.get_source(env, name)[0]


def _apart(path: str, use: Use | None, repository: str) -> str | None:
    """Where the code of a further store goes: beside the first one's, without tests of its own.

    `repository` is the file that takes the store's name, so that each store has one.
    """
    if use is None or path.startswith("tests/"):
        return None
    return f"{snake(use.part.name)}_{path}" if path == repository else path


def _clash(function: Function, path: str, first: Component, second: Component) -> Diagnostic:
    message = f"the function {function.name!r} has room for one {path}, but {first} and {second} both bring it"
    return Diagnostic(message, function.span, "give the stores a resource each")


def _users(store: Part, stack: Stack) -> list[Resource]:
    """The resources whose items are in a store, each once however many functions work on them."""
    found: dict[str, Resource] = {}
    for use in (use for function in stack.functions for use in function.uses if use.part.name == store.name):
        if use.resource:
            found.setdefault(use.resource.name, use.resource)
    return list(found.values())


def _migrations(store: Part, stack: Stack, env: SandboxedEnvironment) -> Iterator[File]:
    """The first migration of a relational store: tables of the resources that use it."""
    users = _users(store, stack)
    if not users:
        return
    dialects = [store.facts["dialect"]] if store.facts.get("dialect") else store.variants
    for tree in ("migrations/", *(f"migrations.{dialect}/" for dialect in dialects)):
        context = {"store": store, "resources": users}
        for path, text in tree_of(store.component, tree, context, env):
            yield File(f"migrations/{store.name}/{path}", text, owner="user")
