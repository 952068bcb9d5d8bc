"""A resolved stack, turned into what the deploy script has to know to deploy it and to move its releases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.model import Part, Stack, Stage
from tierforge.project.clients import has_clients
from tierforge.stack.companions import REGIONS
from tierforge.stack.functions import containers
from tierforge.template.assemble import Template
from tierforge.template.costs import Floor

# What the organisation asks of roles, which the one that is made once for an account is to carry as well.
OF_ROLES = ("permissions_boundary", "role_path")
ENVIRONMENTS = "environments"  # the folder of their templates
SCRIPTS = "scripts/"  # the folder of a component's scripts


def environment_folder(environment: str) -> str:
    """The folder of an environment's template, with a slash behind it; "" where there is but one template."""
    return f"{ENVIRONMENTS}/{environment}/" if environment else ""


def stack_folder(blueprint: Blueprint) -> str:
    """The folder of a stack's template: that of its environment, below it one for each stack beside the main one."""
    return environment_folder(blueprint.environment) + (f"{blueprint.member}/" if blueprint.member else "")


def deletion(name: str, path: str) -> str:
    """The command that deletes the stack of the application `name` whose template is, or was, at `path`."""
    *folders, _ = PurePosixPath(path).parts
    environment = folders[1] if folders[:1] == [ENVIRONMENTS] else ""
    members = folders[2:] if environment else folders
    stack = "-".join([name, *members, *filter(None, [environment])])
    region = "".join(f" --region {REGIONS[member]}" for member in members if member in REGIONS)
    return f"aws cloudformation delete-stack --stack-name {stack}{region}"


@dataclass(frozen=True)
class Described:
    """What the documents tell of an environment, or of an application that has none; `beside` are its other stacks.

    `path` is that of its template in the project, `unneeded` are the blueprints of stacks beside it that have nothing
    in them, and may have had.
    """

    stack: Stack
    template: Template
    floor: Floor
    blueprint: Blueprint
    path: str
    beside: tuple[Described, ...] = ()
    unneeded: tuple[Blueprint, ...] = ()


def target(described: Described, scripts: Mapping[str, str]) -> dict[str, Any]:
    """Where a stack goes, what goes before it, and those of its stages that serve what they are told to.

    That is: not just the newest. `scripts` are the names of scripts by their template.
    """
    stack, blueprint = described.stack, described.blueprint
    steered = any(stage.moved or stage.options["canary"] for stage in stack.stages)
    of_roles = {name: stack.guardrails.options[name] for name in OF_ROLES}
    return {
        "environment": blueprint.environment,
        "stack_name": blueprint.stack_name,
        "template": described.path,
        "region": blueprint.region,
        "account_id": blueprint.account_id,
        "of_roles": of_roles,
        "guarded": any(of_roles.values()),
        "stages": [_row(stage) for stage in stack.stages] if steered else [],
        "moving": any(stage.moved for stage in stack.stages),
        "canaries": any(stage.options["canary"] for stage in stack.stages),
        "images": bool(containers(stack)),
        "companions": _beside(described),
        "clients": bool(stack.clients),
        "samples": has_clients(stack),
        "scripts": [scripts[part.component.template(file)] for part, file in scripts_of(stack)],
    }


def script_names(all_of: Sequence[Described]) -> dict[str, str]:
    """What the scripts of all environments are called, by template; those of one name get their component's too."""
    found = {
        part.component.template(file): (PurePosixPath(file.removesuffix(".j2")), part.component.name)
        for described in all_of
        for part, file in scripts_of(described.stack)
    }
    often = Counter(path.name for path, _ in found.values())
    return {
        template: path.name if often[path.name] == 1 else f"{path.stem}-{component}{path.suffix}"
        for template, (path, component) in found.items()
    }


def scripts_of(stack: Stack) -> Iterator[tuple[Part, str]]:
    """The scripts that the stack's parts bring along for what is left to be done once it stands."""
    for part in stack.parts:
        if part.role == "resources":
            yield from ((part, file) for file in part.component.files if file.startswith(SCRIPTS))


def _beside(described: Described) -> list[dict[str, Any]]:
    """The stacks that are deployed before an environment's own, and which of its parameters their outputs are.

    One that is not needed has no template: it may stand there since it was.
    """
    wanted = described.template.data.get("Parameters", {})
    unneeded = [
        {"stack_name": each.stack_name, "region": each.region, "template": "", "parameters": []}
        for each in described.unneeded
    ]
    return unneeded + [
        {
            "stack_name": each.blueprint.stack_name,
            "region": each.blueprint.region,
            "template": each.path,
            "parameters": [name for name in each.template.data.get("Outputs", {}) if name in wanted],
        }
        for each in described.beside
    ]


def release_parts(stack: Stack) -> list[dict[str, str]]:
    """What a release consists of beside the API's deployment: the version of each function that serves routes."""
    return [
        {"parameter": f"{function.id}Version", "output": f"{function.id}FunctionName"}
        for function in stack.functions
        if function.routes
    ]


def _row(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "alias": stage.alias,
        "moved": stage.moved,
        "percent": stage.options["canary"]["percent"] if stage.options["canary"] else 0,
        "prefix": stage.release,
    }
