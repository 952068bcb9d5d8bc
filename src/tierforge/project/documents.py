"""A finished template, turned into the project's documents: bootstrap template, deploy script, README."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.data_files import read_yaml
from tierforge.model import File, Function, Route, Stack
from tierforge.template.assemble import Template
from tierforge.template.costs import Floor, grouped
from tierforge.template.render import rendered

KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot")
CONTEXT = "com.aws.cloudformation.Context"


def environment_folder(environment: str) -> str:
    """The folder of an environment's template, with a slash behind it; "" where there is but one template."""
    return f"environments/{environment}/" if environment else ""


def documents(
    stack: Stack,
    template: Template,
    floor: Floor,
    blueprint: Blueprint,
    catalog: Catalog,
    env: SandboxedEnvironment,
    environments: Sequence[str],
) -> list[File]:
    """The files that are tierforge's and explain or deploy the template, for one of `environments`."""
    context = _context(stack, template, floor, blueprint, catalog) | {"environments": [e for e in environments if e]}
    return [
        File("bootstrap.yaml", rendered(env, "project/bootstrap.yaml.j2", context)),
        File("deploy.sh", rendered(env, "project/deploy.sh.j2", context), executable=True),
        File("README.md", rendered(env, "project/README.md.j2", context)),
    ]


def _context(stack: Stack, template: Template, floor: Floor, blueprint: Blueprint, catalog: Catalog) -> dict[str, Any]:
    return {
        "app": {
            "name": blueprint.name,
            "stack_name": blueprint.stack_name,
            "region": blueprint.region,
            "description": blueprint.data["description"] or "",
        },
        "functions": [_named(function) for function in stack.functions],
        "downloads": list(_downloads(stack)),
        "prefix_lists": [
            {"parameter": gateway.parameter, "service": gateway.service}
            for gateway in (stack.network.gateways if stack.network else ())
            if gateway.parameter in template.data.get("Parameters", {})
        ],
        "migrations": [
            {"store": function.uses[0].part.name, "function_output": f"{function.id}FunctionName"}
            for function in stack.functions
            if _said(function).get("after_deploy")
        ],
        "workers": [{"folder": f.folder, "hands": f.description} for f in stack.functions if f.trigger],
        "routes": [{"method": r.method, "path": r.path, "access": access(r)} for r in stack.routes],
        "auth_notes": [
            note
            for auth in {r.auth.name: r.auth for r in stack.routes}.values()
            for note in auth.facts.get("notes", ())
        ],
        "parameters": _described(template, "Parameters"),
        "outputs": _described(template, "Outputs"),
        "costs": {
            "rows": [
                {
                    "resource": f"{cost.item} ({cost.resource})",
                    "monthly": "?" if cost.monthly is None else f"{cost.monthly:.2f}",
                }
                for cost in grouped(floor)
            ],
            "total": f"{floor.total:.2f}",
            "basis": floor.basis,
        },
        "tests": [
            f"(cd {f.folder} && pip install -r requirements-dev.txt && python -m pytest)" for f in stack.functions
        ],
        "api": _api(stack),
        "retained": list(_retained(template, catalog)),
    }


def _api(stack: Stack) -> dict[str, str]:
    """What the README says of the API: what it checks, and how a stage goes back to an earlier deployment."""
    revert = stack.api.component.data["revert"]
    serve = revert["serve"].format(stage=shlex.quote(stack.stages[0].name))
    return {
        "id_output": revert["id_output"],
        "checks": stack.api.facts["checks"],
        "list": revert["list"],
        "serve": serve,
    }


def _named(function: Function) -> dict[str, str]:
    return {"name": function.name, "folder": function.folder, "output": f"{function.id}FunctionName"}


def _said(function: Function) -> Mapping[str, Any]:
    """What the component of the store that brought a function says of it."""
    store = function.uses[0].part if function.uses and function.uses[0].role == "owner" else None
    return store.component.data["functions"][function.kind] if store else {}


def _downloads(stack: Stack) -> Iterator[dict[str, str]]:
    """Files that functions need and that are fetched once, when the project is first deployed."""
    for function in stack.functions:
        for use in function.uses:
            for said in use.part.component.data.get("downloads", ()):
                yield {"path": f"{function.folder}/{said['path']}", "url": said["url"]}


def access(route: Route) -> str:
    """Who may call a route, in words."""
    if not route.auth.component.data.get("identity"):
        return "anyone"
    whose = "own items only" if any(scope.source == "claim" for scope in route.resource.scope) else "all items"
    who = f"members of {' or '.join(route.groups)}" if route.groups else "a signed-in user"
    scopes = (
        f", scope {' or '.join(f'api/{scope}' for scope in route.scopes)}" if route.auth.facts.get("scoped") else ""
    )
    return f"{who}, {whose}{scopes}"


def _described(template: Template, section: str) -> list[dict[str, str]]:
    found = template.data.get(section, {})
    return [{"name": name, "description": said.get("Description", "")} for name, said in found.items()]


def _retained(template: Template, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """What stays when the stack is deleted, and how to remove it then."""
    leftovers = read_yaml(Path(catalog.root) / "project" / "leftovers.yaml")
    for entry in template.resources():
        data = entry.data
        said = leftovers.get(data["Type"])
        if data.get("DeletionPolicy") in KEPT and said:
            why = data.get("Metadata", {}).get(CONTEXT, {}).get("why", said["why"])
            yield {"logical_id": entry.key, "type": said["name"], "why": why, "remove": said["remove"]}
