"""A finished template, turned into the project's documents: bootstrap template, deploy script, README."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, notes_of
from tierforge.model import File, Function, Route, Stack
from tierforge.project.environments import united
from tierforge.project.leftovers import filled, retained
from tierforge.project.site import folder_of
from tierforge.project.targets import Described, release_parts, script_names, scripts_of, target
from tierforge.stack.functions import downloads
from tierforge.stack.security import key_policy
from tierforge.template.assemble import Template
from tierforge.template.costs import grouped
from tierforge.template.render import rendered

GUIDE = "guide.md.j2"


def documents(all_of: Sequence[Described], catalog: Catalog, env: SandboxedEnvironment) -> list[File]:
    """The files that are tierforge's and explain or deploy the templates: one set for all environments.

    Where these differ, the script knows what each of them has; the README tells which ones it means. What stores get
    first and how they are restored, and what all costs, it tells of the first.
    """
    context = united({each.blueprint.environment: _context(each, catalog) for each in all_of})
    context["guides"] = list(_guides(all_of[0], env))
    names = script_names(all_of)
    context["targets"] = [target(each, names) for each in all_of]
    images = any(each["images"] for each in context["targets"])
    readme = "project/joint/platform.md.j2" if context["shared"] else "project/README.md.j2"
    return [
        *([File("images.yaml", rendered(env, "project/images.yaml.j2", context))] if images else []),
        File("bootstrap.yaml", rendered(env, "project/bootstrap.yaml.j2", context)),
        File("deploy.sh", rendered(env, "project/deploy.sh.j2", context), executable=True),
        File("README.md", rendered(env, readme, context)),
        *_scripts(all_of, names, context, env),
    ]


def _scripts(
    all_of: Sequence[Described], names: Mapping[str, str], context: Mapping[str, Any], env: SandboxedEnvironment
) -> Iterator[File]:
    """The scripts that components bring along, one for all environments: `scripted` are those that have it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for described, where in zip(all_of, context["targets"], strict=True):
        for part, file in scripts_of(described.stack):
            found.setdefault(part.component.template(file), []).append({**where, "options": part.options})
    for template, scripted in found.items():
        name = names[template]
        text = rendered(env, template, {**context, "script": name, "scripted": scripted})
        yield File(name, text, executable=True)


def _context(described: Described, catalog: Catalog) -> dict[str, Any]:
    stack, template, blueprint = described.stack, described.template, described.blueprint
    return {
        "app": {
            "name": blueprint.name,
            "of": blueprint.data["name"],
            "stack_name": blueprint.stack_name,
            "region": blueprint.region,
            "description": blueprint.data["description"] or "",
        },
        "functions": [_named(function) for function in stack.functions],
        "release_parts": release_parts(stack),
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
        "page": folder_of(stack),
        "workers": [
            {"folder": f.folder, "hands": f.description, "id": f.id, "resent": f.trigger.facts.get("resent", "")}
            for f in stack.functions
            if f.trigger
        ],
        "routes": [{"method": r.method, "path": r.path, "access": access(r)} for r in stack.routes],
        "auth_notes": _of_auths(stack, "notes"),
        "api_notes": [*_api_notes(stack), *_integration_notes(stack, blueprint), *_use_notes(stack)],
        "parameters": _described(template, "Parameters"),
        "outputs": _described(template, "Outputs"),
        "costs": {
            "rows": [
                {
                    "resource": f"{cost.item} ({cost.resource})",
                    "monthly": "?" if cost.monthly is None else f"{cost.monthly:.2f}",
                }
                for cost in grouped(described.floor)
            ],
            "total": f"{described.floor.total:.2f}",
            "basis": described.floor.basis,
        },
        "key": _key(described),
        "tests": [f"(cd {f.folder} && {_language(f)['tests']})" for f in stack.functions],
        "languages": list({f.runtime.name: _language(f) for f in stack.functions}.values()),
        "otherwise": list(_otherwise(stack, blueprint)),
        "api": _api(stack) if stack.routes else {},
        "service": blueprint.service,
        "shared": not stack.routes,
        "vpc": stack.network is not None,
        "filled": list(filled(template, catalog)),
        "retained": [
            *retained(template, catalog),
            *(row for each in described.beside for row in retained(each.template, catalog, each.blueprint.region)),
        ],
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
        "serves": revert["serves"],
    }


def _key(described: Described) -> dict[str, str]:
    """The key that the blueprint gave for the stack, and the policy that it needs; empty where it gave none."""
    statements = key_policy(described.stack.guardrails, described.blueprint)
    if not statements:
        return {}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
    return {"arn": described.stack.guardrails.options["kms_key_arn"], "policy": policy}


def _language(function: Function) -> Mapping[str, Any]:
    """What the README says of functions in this one's language."""
    said: Mapping[str, Any] = function.runtime.component.data["readme"]
    return said


def _otherwise(stack: Stack, blueprint: Blueprint) -> Iterator[dict[str, str]]:
    """Functions that a component brings along in another language than the blueprint's, having no code in that."""
    for function in stack.functions:
        if _said(function) and function.identifier != blueprint.data["runtime"]:
            bringer = function.uses[0].part.component
            yield {
                "folder": function.folder,
                "language": _language(function)["language"],
                "runtime": function.identifier,
                "by": f"{bringer.kind.replace('-', ' ')} {bringer.name}",
                "asked": blueprint.data["runtime"],
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
        for said in downloads(function):
            yield {"path": f"{function.folder}/{said['path']}", "url": said["url"]}


def _guides(described: Described, env: SandboxedEnvironment) -> Iterator[dict[str, str]]:
    """How each store that the stack makes is filled at first, and restored, as its component tells it."""
    blueprint = described.blueprint
    for store in described.stack.stores:
        if GUIDE in store.component.files and not store.adopted:
            context = {
                **store.view,
                "app": {"stack_name": blueprint.stack_name, "region": blueprint.region},
                "part": store,
                "id": store.id,
                "options": store.options,
                "facts": store.facts,
                "blueprint": blueprint.data,
            }
            yield {"name": store.name, "text": rendered(env, store.component.template(GUIDE), context).strip()}


def _of_auths(stack: Stack, kind: str) -> list[str]:
    return list(dict.fromkeys(note for auth in stack.auths for note in auth.facts[kind]))


def _api_notes(stack: Stack) -> Iterator[str]:
    yield from _of_auths(stack, "advice")
    for part in stack.parts:
        if part.role == "resources" and part not in stack.auths:
            yield from notes_of(part.component, {**part.options, "name": part.name})


def _integration_notes(stack: Stack, blueprint: Blueprint) -> Iterator[str]:
    """What somebody has to do or know for what answers a route without a function of this project."""
    masked = stack.api.facts.get("parameter_in_arn")
    for route in stack.routes:
        words = {
            **route.integration.options,
            "method": route.method,
            "path": route.path,
            "name": route.name,
            "region": blueprint.region,
            "stage": stack.stages[0].name,
            "path_in_arn": "/".join(masked if masked and s[:1] == "{" else s for s in route.path.split("/")),
        }
        yield from (note.format(**words) for note in route.integration.facts.get("notes", ()))


def _use_notes(stack: Stack) -> Iterator[str]:
    """What somebody has to do for the functions that others call and the secrets that they read, by function."""
    for function in stack.functions:
        for use in (use for use in function.uses if use.role != "owner"):  # what brings a function speaks for itself
            words = {**use.part.options, **use.part.view, "function": function.name}
            yield from (note.format(**words) for note in use.part.facts.get("notes", ()))


def access(route: Route) -> str:
    """Who may call a route, in words."""
    if not route.auth.component.data.get("identity"):
        return "anyone"
    facts = route.auth.facts
    whose = "own items only" if any(scope.source == "claim" for scope in route.resource.scope) else "all items"
    groups = route.groups or route.members
    who = f"members of {' or '.join(groups)}" if groups else facts.get("caller", "a signed-in user")
    own = facts.get("own_scopes")
    scopes = [f"{own}/{scope}" for scope in route.scopes or (route.access,)] if own else route.scopes
    return f"{who}, {whose}" + (f", scope {' or '.join(scopes)}" if scopes else "")


def _described(template: Template, section: str) -> list[dict[str, str]]:
    found = template.data.get(section, {})
    return [{"name": name, "description": said.get("Description", "")} for name, said in found.items()]
