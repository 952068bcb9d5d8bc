"""Functions of tests/blueprints/caches.yaml, loaded, with the servers that they use and their rights there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from pymemcache import Client

from support.engines.valkey import master
from support.handlers import load, put
from support.rendered import variant
from support.servers import Server
from tierforge.names import pascal, upper_snake
from tierforge.projects import Project


@dataclass(frozen=True)
class Loaded:
    """Modules of a function by name, and what its cache's user may do ("" without users)."""

    modules: dict[str, ModuleType]
    rights: str
    user: str

    def __getattr__(self, name: str) -> ModuleType:
        return self.modules[name]


def emptied(server: Server) -> None:
    """Forget everything that a server holds: Valkey, or memcached, which knows no master."""
    if server.master[0]:
        client = master(server)
        client.flushall()
    else:
        trusted = ssl.create_default_context(cafile=server.ca_bundle)
        client = Client((server.host, server.port), tls_context=trusted)
        client.flush_all(noreply=False)
    client.close()


def admitted(user: str, store: str, project: Project, server: Server) -> str:
    """Let a user in to an empty server with the rights that the template gives the store's user; these, or ""."""
    emptied(server)
    users = project.template.data["Resources"].get(f"{pascal(store)}User", {"Properties": {"AccessString": ""}})
    rights = str(users["Properties"]["AccessString"])
    if rights:
        client = master(server)
        # The server can't check a token that a role signed: it lets everybody in by that name.
        client.execute_command("ACL SETUSER", user, "reset", "nopass", *rights.split())
        client.execute_command("ACL LOG RESET")
        client.close()
    return rights


@cache
def _project(more: str) -> Project:
    return variant("caches", **yaml.safe_load(more))


def function(
    folder: Path, resource: str, store: str, server: Server, monkeypatch: pytest.MonkeyPatch, **more: Any
) -> Loaded:
    """The function of a resource, with `more` laid over the blueprint, whose `store` is `server`."""
    project = _project(yaml.safe_dump(more))
    home = folder / "functions" / resource
    for file in project.files:
        if file.path.startswith(f"functions/{resource}/"):
            put(folder / file.path, file.text)
    prefix, user = upper_snake(store), f"{store}-user"
    for name, value in {"HOST": server.host, "PORT": str(server.port), "USER": user, "NAME": store}.items():
        monkeypatch.setenv(f"{prefix}_{name}", value)
    monkeypatch.setenv(f"{prefix}_TTL_SECONDS", "60")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_bundle))
    rights = admitted(user, store, project, server)
    wanted = [path.stem for path in home.glob("*.py") if path.stem != "handler"]
    return Loaded(dict(zip(wanted, load(home, *wanted), strict=True)), rights, user)
