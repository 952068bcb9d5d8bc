"""Renders the trees of handler code for a function described here, as the project's own renderer does."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tierforge.diagnostics import Span
from tierforge.model import Component, Function, Part, Resource, Route, Scope, Use

TEMPLATES = Path(__file__).parents[2] / "templates"
MERGED = {"requirements.txt", "requirements-dev.txt"}
NOWHERE = Span("app.yaml")
METHODS = {
    "list": ("GET", False),
    "create": ("POST", False),
    "read": ("GET", True),
    "update": ("PUT", True),
    "delete": ("DELETE", True),
}
ALL = tuple(METHODS)


def words(name: str) -> list[str]:
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)


def snake(name: str) -> str:
    return "_".join(words(name)).lower()


def pascal(name: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in words(name))


def py(value: Any) -> str:
    """A Python literal in ASCII, strings in double quotes."""
    if isinstance(value, str):
        return '"' + ascii("'" + value)[2:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(py, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{py(k)}: {py(v)}" for k, v in value.items()) + "}"
    return ascii(value)


def environment() -> SandboxedEnvironment:
    made = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    made.filters |= {"py": py, "snake": snake, "pascal": pascal}
    return made


@dataclass(frozen=True)
class Case:
    """A resource with its store: what a blueprint would say, in the fewest words."""

    name: str = "tickets"
    store: str = "dynamodb"
    style: str = "powertools"
    operations: tuple[str, ...] = ALL
    scope: tuple[Scope, ...] = ()
    path: str = ""
    id: str = "id"
    list_by: Mapping[str, str] | None = None
    credentials: str = "secret"
    groups: tuple[str, ...] = ()
    custom: bool = False

    @property
    def variant(self) -> str:
        return "" if self.store == "dynamodb" else self.store

    @property
    def prefix(self) -> str:
        return self.name.replace("-", "_").upper()


OWNER = (Scope("owner", "claim", "sub"),)
TICKETS = Case(scope=OWNER)
SHOWS = Case("shows", operations=("list", "read"))
EVENTS = Case("events", list_by={"index": "byVenue", "attribute": "venue", "type": "S"})
REVIEWS = Case(
    "reviews",
    operations=("list", "create", "read"),
    scope=(Scope("bookId", "path", "bookId"),),
    path="/books/{bookId}/reviews",
    id="reviewId",
)
LONG_NAME = Case("a-name-of-thirty-letters-a-line", scope=OWNER, groups=("editors", "administrators"))


def part(kind: str, name: str, use_name: str, **fields: Any) -> Part:
    component = Component(kind, name, str(TEMPLATES / kind / name), {}, ())
    return Part(component, use_name, NOWHERE, id=pascal(use_name), **fields)


def resource_of(case: Case) -> Resource:
    return Resource(
        name=case.name,
        path=case.path or f"/{case.name}",
        id=case.id,
        singular=case.name.removesuffix("s"),
        operations=case.operations,
        scope=case.scope,
        store=case.name if case.store != "none" else None,
        list_by=case.list_by,
        span=NOWHERE,
    )


def store_of(case: Case) -> Part:
    if case.store == "dynamodb":
        scope = [field.attribute for field in case.scope]
        names = [*scope, case.id]
        key: dict[str, Any] = {"partition": {"name": names[0], "type": "S"}, "sort": None}
        if len(names) > 1:
            key["sort"] = {"name": names[1], "type": "S"}
        listing = "query" if scope else "index" if case.list_by else "scan"
        return part("data-store", "dynamodb", case.name, view={"key": key, "list": listing})
    view = {
        "engine": case.store,
        "database": "app",
        "user": "app",
        "tables": {case.name: snake(case.name)},
    }
    options = {"engine": case.store, "credentials": case.credentials}
    return part("data-store", "rds", case.name, view=view, options=options, facts={"variant": case.store})


def routes_of(case: Case, resource: Resource) -> tuple[Route, ...]:
    def route(name: str, method: str, path: str, operation: str) -> Route:
        return Route(
            name=name,
            method=method,
            path=path,
            operation=operation,
            resource=resource,
            function=case.name,
            auth=part("auth", "cognito", "auth"),
            scopes=(),
            groups=case.groups,
            parameters=tuple(re.findall(r"{(\w+)}", path)),
            query=(case.list_by["attribute"],) if operation == "list" and case.list_by else (),
            request_schema=None,
            throttle=None,
            span=NOWHERE,
        )

    item = f"{resource.path}/{{{resource.id}}}"
    made = [
        route(f"{op}{pascal(case.name)}", METHODS[op][0], item if METHODS[op][1] else resource.path, op)
        for op in case.operations
    ]
    if case.custom:
        made.append(route("refund", "POST", f"{item}/refund", "custom"))
    return tuple(made)


def context_of(case: Case, kind: str = "api") -> dict[str, Any]:
    resource = resource_of(case)
    store = store_of(case) if case.store != "none" else None
    use = Use(store, "primary", case.operations, resource) if store else None
    function = Function(
        name=case.name if kind == "api" else f"{case.name}-{kind}",
        id=pascal(case.name),
        kind=kind,
        description="",
        folder=f"functions/{case.name}",
        runtime=part("runtime", "python", "python"),
        identifier="python3.14",
        settings={"timeout_seconds": 28},
        span=NOWHERE,
        routes=routes_of(case, resource) if kind == "api" else (),
        uses=(use,) if use else (),
    )
    return {
        "function": function,
        "resource": resource,
        "resources": (resource,),
        "use": use,
        "store": store,
    }


def trees_of(case: Case, kind: str = "api") -> list[Path]:
    """The folders that a function's code is made from, in their order."""
    runtime = TEMPLATES / "runtime/python/code" / kind
    found = [runtime / "common", runtime / case.style]
    if case.store != "none":
        store = TEMPLATES / "data-store" / ("rds" if case.variant else "dynamodb") / "code/python"
        found += [store / kind, store / f"{kind}.{case.variant}"]
    return [tree for tree in found if tree.is_dir()]


def rendered(trees: Sequence[Path], context: Mapping[str, Any]) -> dict[str, str]:
    """The files that `trees` give, by path. Raises AssertionError if two give the same."""
    made = environment()
    files: dict[str, str] = {}
    for tree in trees:
        for path in sorted(p for p in tree.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            name = path.relative_to(tree).as_posix().removesuffix(".j2")
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".j2":
                text = made.get_template(path.relative_to(TEMPLATES).as_posix()).render(context)
            if name in MERGED:
                lines = {*text.splitlines(), *files.get(name, "").splitlines()}
                text = "".join(f"{line}\n" for line in sorted(lines, key=lambda s: (s[:1] != "#", s)))
            else:
                assert name not in files, f"two trees give {name}"
            if text.strip():
                files[name] = text
    return files


def write(folder: Path, case: Case, kind: str = "api") -> Path:
    """Write a function of a project into `folder`, and its store's migrations; its folder."""
    context = context_of(case, kind)
    name = case.name if kind == "api" else f"{case.name}-{kind}"
    home = folder / "functions" / name
    for path, text in rendered(trees_of(case, kind), context).items():
        put(home / path, text)
    if case.variant:
        tree = TEMPLATES / "data-store/rds" / f"migrations.{case.variant}"
        for path, text in rendered([tree], context).items():
            put(folder / "migrations" / case.name / path, text)
            if kind == "migrate":
                put(home / "migrations" / path, text)
    return home


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def load(folder: Path, *names: str) -> list[ModuleType]:
    """The modules `names` of a rendered function. Others may have modules of the same names."""
    sys.path.insert(0, str(folder))
    try:
        importlib.invalidate_caches()
        return [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(str(folder))
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")).startswith(f"{folder}/"):
                del sys.modules[name]


def pytest_in(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a rendered function's own tests as its owner would; warnings are errors."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, env=kept | variables, capture_output=True, text=True)
