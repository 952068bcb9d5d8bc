"""What a command found and did, as lines for a person or JSON for a program."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierforge.blueprint.source import SERVICES
from tierforge.diagnostics import Diagnostic, Span, UsageError
from tierforge.project.paths import LOCK_NAME

if TYPE_CHECKING:
    from tierforge.components import Catalog
    from tierforge.pipeline import Application
    from tierforge.project.plan import Plan
    from tierforge.system import System

DONE = {"create": "written", "update": "updated", "unchanged": "unchanged", "remove": "removed"}
ATTENTION = {
    "aside": "you changed it and there is a newer one beside it: {path}.new",
    "orphan": "is no longer generated; it is yours, remove it if you don't need it",
}


def summary(application: Application, plan: Plan, root: Path) -> Iterator[str]:
    """What was written, how much of CloudFormation's limits is used, and what it costs at least."""
    from tierforge.template.costs import lines

    counted: Counter[str] = Counter(step.action for step in plan.steps)
    done = [f"{counted[action]} {word}" for action, word in DONE.items() if counted[action]]
    kept = counted["kept"] + counted["aside"] + counted["gone"]
    yield f"{root}: {', '.join([*done, *([f'{kept} left as you have them'] if kept else [])])}"
    for project in application.projects:
        name = project.blueprint.environment
        for stack in (*project.companions, project):
            of = " ".join(filter(None, (name, stack.blueprint.member)))
            yield f"  {of + ': ' if of else ''}{', '.join(map(str, stack.budgets))}"
        yield f"fixed cost{' of ' + name if name else ''}, USD a month:"
        for line in lines(project.floor):
            yield f"  {line}"


def attention(application: Application, plan: Plan, root: Path) -> Iterator[str]:
    """Files that the user should look at after a render, and stacks that nothing deploys any more."""
    for step in plan.steps:
        if step.action in ATTENTION:
            yield f"{root / step.path}: {ATTENTION[step.action].format(path=root / step.path)}"
    for project in application.projects[:1]:  # the documents beside services have none
        yield from _without_template(project.blueprint.name, plan, root)


def _without_template(name: str, plan: Plan, root: Path) -> Iterator[str]:
    from tierforge.project.targets import deletion

    templates = [step for step in plan.steps if Path(step.path).stem == "template"]
    still = {Path(step.path).parent for step in templates if step.action != "remove"}
    for step in templates:
        if step.action == "remove" and Path(step.path).parent not in still:
            what = "is no part of the project any more, its stack stays; once nothing needs that"
            yield f"{root / step.path}: {what}: {deletion(name, step.path)}"


def differences(system: System, root: Path) -> Iterator[str]:
    """A line for each file on disk that is not what was made."""
    from tierforge.project.write import check

    for part in system.parts:
        for found in check(root / part.folder, part.files, part.defaults):
            yield f"{root / part.folder / found.path}: {found.what}"


def left_over(system: System, root: Path) -> Iterator[str]:
    """Projects of services that the blueprint does not have any more."""
    known = {root / part.folder for part in system.parts} | {root / SERVICES / name for name in system.services}
    for lock in sorted((root / SERVICES).glob(f"*/{LOCK_NAME}")) if system.services else ():
        if lock.parent not in known:
            what = "is of no service of the blueprint any more, and left as it is"
            yield f"{lock.parent}: {what}; README.md in it says how to take the stack down, then remove the folder"


def order(system: System) -> Iterator[str]:
    """In which order the applications are deployed, where there are several."""
    if len(system.applications) > 1:
        yield f"order of deployment: {', '.join(each.name for each in system.applications)} (./deploy.sh)"


def to_json(diagnostics: Sequence[Diagnostic]) -> str:
    """The diagnostics as a JSON list: path, line, column, severity, code, message, hint, related."""
    return json.dumps([_record(diagnostic) for diagnostic in diagnostics], indent=2)


def _record(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        **_place(diagnostic.span),
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "related": [_place(span) for span in diagnostic.related],
    }


def _place(span: Span) -> dict[str, Any]:
    return {"path": span.path, "line": span.line, "column": span.column}


def components(catalog: Catalog, kind: str) -> Iterator[str]:
    """Every component with its description; of one kind, with its options and documents too.

    Raises UsageError where there is no such kind.
    """
    wanted = _kind(catalog, kind) if kind else None
    for name in catalog.kinds():
        if wanted not in (None, name):
            continue
        yield f"{name}:"
        for component in catalog.of(name).values():
            yield f"  {component.name:<16} {component.data['description']}"
            if wanted:
                yield from _details(component.data)


def _kind(catalog: Catalog, said: str) -> str:
    """The kind that is meant: `data_stores`, `Data-Store` and `data-store` alike."""
    plain = said.lower().replace("_", "-").replace(" ", "-")
    for kind in catalog.kinds():
        if plain in (kind, f"{kind}s"):
            return kind
    raise UsageError(f"there is no kind {said!r} of component", f"known: {', '.join(catalog.kinds())}")


def _details(data: Any) -> Iterator[str]:
    if "ended" in data:
        yield f"      instead: {data['ended']['hint']}"
    for option, schema in (data.get("options") or {}).items():
        default = f" (default: {_shown(schema['default'])})" if "default" in schema else ""
        values = f" One of {', '.join(map(str, schema['enum']))}." if "enum" in schema else ""
        yield f"      {option}: {schema.get('description', '')}{values}{default}"
    for version, said in (data.get("versions") or {}).items():
        status = next((f"{key} {value}" for key, value in said.items()), "supported")
        yield f"      {version}: {status}"
    for link in data.get("docs", ()):
        yield f"      see {link}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def second_opinion(application: Application) -> list[Diagnostic]:
    """What cloudformation-validate finds, at the blueprint's lines.

    Raises UsageError where the extra that brings it is not installed.
    """
    if importlib.util.find_spec("cloudformation_validate") is None:
        raise UsageError(
            "--strict asks cloudformation-validate, which is not installed",
            "pip install 'tierforge[strict]'",
        )
    from tierforge.template.strict import findings

    return [found for stack in application.stacks for found in findings(stack.template, stack.blueprint)]
