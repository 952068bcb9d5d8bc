"""The applications of several services, turned into the documents that stand beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jinja2.sandbox import SandboxedEnvironment

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.events import events_of
from tierforge.blueprint.services import PLATFORM, callees
from tierforge.model import File
from tierforge.template.render import rendered


def joint_documents(all_of: Sequence[tuple[str, Sequence[Blueprint]]], env: SandboxedEnvironment) -> list[File]:
    """The root's files: `all_of` are the folder of each application and its blueprints by environment, in order."""
    first = all_of[0][1][0]
    names = {each.environment: None for _, blueprints in all_of for each in blueprints if each.environment}
    context: dict[str, Any] = {
        "app": {"name": first.data["name"]},
        "parts": [_row(folder, blueprints) for folder, blueprints in all_of],
        "calls": [row for _, blueprints in all_of for row in _calls(blueprints[0])],
        "events": list(_events([blueprints[0] for _, blueprints in all_of])),
        "order": [blueprints[0].service for _, blueprints in all_of],
        "places": _places([each for _, blueprints in all_of for each in blueprints]),
        "environments": [{"name": name, "order": list(_order(name, all_of))} for name in names],
    }
    return [
        File("deploy.sh", rendered(env, "project/joint/deploy.sh.j2", context), executable=True),
        File("README.md", rendered(env, "project/joint/README.md.j2", context)),
    ]


def _order(environment: str, all_of: Sequence[tuple[str, Sequence[Blueprint]]]) -> Iterator[str]:
    """What an environment has, in order."""
    for _, blueprints in all_of:
        yield from (each.service for each in blueprints if each.environment == environment)


def _places(blueprints: Sequence[Blueprint]) -> list[dict[str, str]]:
    """The account and the Region of each service, by environment; nothing where those of an environment share both.

    No account is said where any will do that is not another one's.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for each in blueprints:
        found.setdefault(each.environment, set()).add((each.account_id, each.region))
    if all(len(places) == 1 for places in found.values()):
        return []
    names = ("/".join(filter(None, (each.environment, each.service))) for each in blueprints)
    return [{"name": n, "account": b.account_id, "region": b.region} for n, b in zip(names, blueprints, strict=True)]


def _row(folder: str, blueprints: Sequence[Blueprint]) -> dict[str, str]:
    first = blueprints[0]
    shared = first.service == PLATFORM
    return {
        "folder": folder,
        "what": "what the services share" if shared else first.data["description"] or f"the service {first.service}",
        "address": "" if shared else _addresses(blueprints),
        "stacks": ", ".join(each.stack_name for each in blueprints),
    }


def _addresses(blueprints: Sequence[Blueprint]) -> str:
    """Where a service answers, by environment where these differ in that."""
    found = {each.environment: _address(each) for each in blueprints}
    if len(set(found.values())) == 1:
        return found[blueprints[0].environment]
    return ", ".join(f"{name}: {each}" for name, each in found.items())


def _address(blueprint: Blueprint) -> str:
    """Where a service answers, as far as that is known before it is deployed."""
    domain = blueprint.data["api"].get("domain")
    below = f"/{domain['base_path']}" if domain and domain.get("base_path") else ""
    return f"https://{domain['name']}{below}" if domain else "its own address"


def _calls(blueprint: Blueprint) -> Iterator[dict[str, str]]:
    found = [name for _, name, _ in callees(blueprint.data)]
    if found:
        yield {"name": blueprint.service, "callees": ", ".join(found)}


def _events(services: Sequence[Blueprint]) -> Iterator[dict[str, str]]:
    """Who tells of each event, and which workers hear of it."""
    told = {each.service: events_of(each.data) for each in services if each.service != PLATFORM}
    for name in dict.fromkeys(event for events in told.values() for event in events):
        heard = [f"{each.service} ({worker})" for each in services if (worker := _worker(each, name))]
        publishers = [service for service, events in told.items() if name in events]
        yield {"name": name, "publishers": ", ".join(publishers), "subscribers": ", ".join(heard) or "nobody"}


def _worker(blueprint: Blueprint, event: str) -> str:
    return str((blueprint.data.get("subscribes") or {}).get(event) or "")
