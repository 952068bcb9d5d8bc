"""Renders the trees of handler code as the project's own renderer does, and runs what comes out."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from support.cases import CATALOG, TEMPLATES, Case, context_of, pascal, snake, store_of
from tierforge.project.joined import JOINED


def py(value: Any) -> str:
    """A Python literal in ASCII, strings in double quotes."""
    if isinstance(value, str):
        return '"' + value.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(py, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{py(k)}: {py(v)}" for k, v in value.items()) + "}"
    return ascii(value)


@cache
def environment() -> SandboxedEnvironment:
    made = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        cache_size=-1,
        auto_reload=False,
    )
    made.filters |= {"py": py, "json": json.dumps, "snake": snake, "pascal": pascal, "module": snake}
    made.filters |= {"camel": lambda name: pascal(name)[0].lower() + pascal(name)[1:]}
    made.filters |= {"upper_snake": lambda name: snake(name).upper()}
    return made


def trees_of(case: Case, kind: str = "api") -> list[Path]:
    """The folders that a function's code is made from, in their order."""
    runtime = TEMPLATES / "runtime" / case.language / "code"
    forms = ("", f".payload-{case.payload}")
    trees = [f"{tree}{form}" for tree in ("common", case.style, "resource") for form in forms]
    shared = [runtime / "shared", runtime / "resource"] if kind == "api" else []
    found = [*shared, *(runtime / kind / tree for tree in trees)]
    if case.store != "none":
        stores = [TEMPLATES / "data-store" / name / "code" / case.language for name in lineage(case.component)]
        found += [store / tree for tree in (kind, *(f"{kind}.{each}" for each in case.variants)) for store in stores]
    return [tree for tree in found if tree.is_dir()]


def rendered(trees: Sequence[Path], context: Mapping[str, Any]) -> dict[str, str]:
    """The files that `trees` give, by path. Raises AssertionError if two give the same."""
    made = environment()
    joined = CATALOG.get("runtime", context["function"].runtime.name).data["joined"]
    files: dict[str, str] = {}
    for tree in trees:
        for path in sorted(p for p in tree.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            name = path.relative_to(tree).as_posix().removesuffix(".j2")
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".j2":
                text = made.get_template(path.relative_to(TEMPLATES).as_posix()).render(context)
            if name in joined:
                text = JOINED[joined[name]](files.get(name, ""), text)
            else:
                assert name not in files or "." in tree.name, f"two trees give {name}"
            files[name] = text
    return {name: text for name, text in files.items() if text.strip()}


def lineage(store: str) -> list[str]:
    """A data store's component and those that it extends, the last of them first."""
    extended = CATALOG.get("data-store", store).data.get("extends")
    return [*(lineage(extended) if extended else ()), store]


def write(folder: Path, case: Case, kind: str = "api") -> Path:
    """Write a function of a project into `folder`, and its store's migrations; its folder."""
    context = context_of(case, kind)
    name = case.name if kind == "api" else f"{case.name}-{kind}"
    home = folder / "functions" / name
    for path, text in rendered(trees_of(case, kind), context).items():
        put(home / path, text)
    if case.relational:
        named = [TEMPLATES / "data-store" / name / f"migrations.{dialect_of(case)}" for name in lineage(case.component)]
        for path, text in rendered([tree for tree in named if tree.is_dir()], context).items():
            put(folder / "migrations" / case.name / path, text)
            if kind == "migrate":
                put(home / "migrations" / path, text)
    return home


def dialect_of(case: Case) -> str:
    """Whose SQL the migrations of a case's store are in."""
    return str(store_of(case).facts["dialect"] or case.variants[-1])


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
        for name in [name for name, module in sys.modules.items() if _below(folder, module)]:
            del sys.modules[name]


def _below(folder: Path, module: ModuleType) -> bool:
    """Whether a module (a file, or a folder without one) lies below `folder`."""
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(str(place).startswith(f"{folder}/") for place in places)


def pytest_in(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a rendered function's own tests as its owner would; warnings are errors."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    return subprocess.run([*command, *arguments], cwd=folder, env=kept | variables, capture_output=True, text=True)
