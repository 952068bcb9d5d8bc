"""The shape of the house: data goes one way, no module knows a component, files stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from support.catalog import CATALOG

SOURCE = Path(__file__).parents[1] / "src" / "tierforge"
# Each may import those before it, never one behind it.
STAGES = (
    "",
    "blueprint",
    "stack",
    "template",
    "project",
    "projects",
    "neighbours",
    "pipeline",
    "system",
    "package",
    "report",
    "cli",
)
MODULES = sorted(SOURCE.rglob("*.py"))


def name(module: Path) -> str:
    return ".".join(module.relative_to(SOURCE).with_suffix("").parts)


def stage(module: str) -> int:
    """Where a module's stage stands in STAGES; what serves every stage stands before all."""
    first = module.split(".")[0]
    return STAGES.index(first) if first in STAGES else 0


def imported(module: Path) -> Iterator[str]:
    """The modules of tierforge that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tierforge":
            inner = node.module.removeprefix("tierforge").lstrip(".")
            for alias in node.names:
                candidate = f"{inner}.{alias.name}".lstrip(".")
                found = (SOURCE / (candidate.replace(".", "/") + ".py")).is_file()
                yield candidate if found else inner


GRAPH = {name(module): set(imported(module)) - {""} for module in MODULES}


def test_no_module_imports_a_later_stage() -> None:
    backwards = [
        f"{module} imports {other}"
        for module, others in GRAPH.items()
        for other in others
        if stage(other) > stage(module) and module != "__main__"
    ]
    assert not backwards


def test_imports_have_no_circle() -> None:
    assert list(TopologicalSorter(GRAPH).static_order())  # raises CycleError where there is one


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_modules_stay_small(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 250


def test_python_compares_with_no_component() -> None:
    """A decision that belongs to a component is data in its folder, not a comparison in Python."""
    names = {component.name for component in CATALOG.all()} - {"none", "prod", "dev"}
    found = []
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                constants = [c.value for c in ast.walk(node) if isinstance(c, ast.Constant)]
                found += [f"{name(module)}:{node.lineno}: {c}" for c in constants if c in names]
    assert not found


def test_component_templates_stay_readable() -> None:
    """CloudFormation templates are read by people: short, and mostly what they print."""
    for component in CATALOG.all():
        for file in (f for f in component.files if f.endswith(".yaml.j2")):
            lines = (
                (Path(component.root).parents[1] / component.template(file)).read_text(encoding="utf-8").splitlines()
            )
            control = sum(line.lstrip().startswith("{%") for line in lines)
            assert len(lines) <= 80, f"{component}/{file}"
            assert control <= 0.4 * len(lines) or len(lines) < 15, f"{component}/{file}"
