"""A rendered application with its page, up and running at the names that its template gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import yaml

from support.catalog import CATALOG
from support.last import whole
from support.web.amplify import APP, Amplify
from support.web.api import RestApi
from support.web.build import published
from support.web.edge import Edge
from support.web.functions import functions, stores
from support.web.http_api import HttpApi
from support.web.internet import Internet, Site
from support.web.provider import Client, Provider
from support.web.stack import Stack
from tierforge.project.write import write
from tierforge.projects import Project


@dataclass(frozen=True)
class Application:
    """`url` is the page's origin, `api_url` where it finds its API."""

    stack: Stack
    provider: Provider
    api: RestApi | HttpApi
    url: str
    api_url: str


def start(internet: Internet, blueprint: Mapping[str, Any], folder: Path) -> Application:
    """Render `blueprint` and let its sites be found in `internet`. moto has to be active."""
    (application,) = whole(yaml.safe_dump(blueprint, sort_keys=False), CATALOG).applications
    (project,) = application.projects
    root = folder / "project"
    root.mkdir(parents=True)
    write(root, project.files, {})
    return run(internet, project, root, folder)


def run(internet: Internet, project: Project, root: Path, folder: Path) -> Application:
    """The application of a project that was written to `root`; `folder` is for what it takes to run it."""
    stack = Stack(project.blueprint.name, project.template.data)
    stores(stack)
    bucket = folder / "bucket"
    published(root / "web", bucket / "site")
    text = stack.output("RuntimeConfig")
    (bucket / "site" / "runtime-config.json").write_text(text)
    config = json.loads(text)
    edge_hosts = _edge(stack, bucket, {}).hosts
    url = f"https://{edge_hosts[0]}"
    provider = _provider(stack, config, url)
    kind = HttpApi if any(stack.of("AWS::ApiGatewayV2::Api")) else RestApi
    api = kind(stack, functions(project, stack, root, folder), provider.claims)
    edge = _edge(stack, bucket, {api.host: api})
    internet.sites.clear()
    internet.sites |= dict.fromkeys(edge_hosts, edge) | {api.host: api}
    internet.sites |= {_host(provider.issuer): provider, _host(provider.base): provider}
    return Application(stack, provider, api, url, urljoin(url, config["apiUrl"]))


def _edge(stack: Stack, bucket: Path, origins: Mapping[str, Site]) -> Edge | Amplify:
    """What serves the page: `bucket` keeps its files below site/."""
    return Amplify(stack, bucket / "site") if any(stack.of(APP)) else Edge(stack, bucket, origins)


def _provider(stack: Stack, config: Mapping[str, Any], url: str) -> Provider:
    """Who signs people in: the stack's user pool, with its client as the template has it, or the third party."""
    said = config["signIn"]
    issuer, client_id = said["authority"], said["clientId"]
    for key, client in stack.of("AWS::Cognito::UserPoolClient"):
        if stack.resolved({"Ref": key}) == client_id:
            urls = (tuple(client["CallbackURLs"]), tuple(client["LogoutURLs"]), tuple(client["AllowedOAuthScopes"]))
            return Provider(issuer, said["endSession"].removesuffix("/logout"), Client(client_id, *urls))
    own = Client(client_id, (f"{url}/callback",), (f"{url}/",), tuple(said["scope"].split()))
    return Provider(issuer, issuer.rstrip("/"), own, said["audience"])


def _host(url: str) -> str:
    """The host of a URL, as `Internet` knows it."""
    return url.split("/")[2].partition(":")[0]
