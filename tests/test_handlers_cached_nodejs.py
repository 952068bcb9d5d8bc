"""Caches and items in ElastiCache, in Node.js: on real servers, what a cache saves and never does, and who signs in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.caches import admitted, emptied
from support.engines.valkey import master
from support.handlers import put
from support.nodejs import Function, Start, link, own_tests
from support.rendered import variant
from support.requests import Answer, call, event
from support.servers import Server
from tierforge.projects import Project

EDITOR = {"sub": "ann", "cognito:groups": "editors"}
FIELDS = {"note": "first", "price": 12.5, "nested": {"a": ["ü", None, True]}}


@cache
def plain(engine: str) -> Project:
    """The blueprint in Node.js, with a cache of this engine before shows."""
    more = {"data_stores": {"shows-cache": {"engine": "memcached"}}} if engine == "memcached" else {}
    return variant("caches", runtime="nodejs24.x", handlers="plain", **more)


def written(folder: Path, project: Project, name: str) -> None:
    for file in project.files:
        if file.path.startswith(f"functions/{name}/"):
            put(folder / file.path, file.text)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Path:
    """The function of sessions, which are in Valkey."""
    folder = tmp_path_factory.mktemp("caches")
    link(folder, node_modules)
    written(folder, plain("valkey"), "sessions")
    return folder / "functions/sessions"


def test_its_own_tests_pass_on_a_server(sessions: Path, valkey: Server) -> None:
    """What stands in for Valkey answers as Valkey does."""
    user, password = valkey.master
    url = f"rediss://{user}:{password}@{valkey.host}:{valkey.port}"
    done = own_tests(sessions, TEST_VALKEY_URL=url)
    assert done.returncode == 0, done.stdout


def test_a_token_is_signed_as_aws_expects_it(sessions: Path) -> None:
    ask = "import('./valkey-sign-in.mjs').then((it) => it.current()).then((it) => console.log(it.password))"
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "session+/="}
    said = {"AWS_REGION": "us-east-1", "SESSIONS_NAME": "kept", "SESSIONS_USER": "app", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["node", "-e", ask], cwd=sessions, env={**keys, **said}, capture_output=True, text=True)
    name, _, query = done.stdout.strip().partition("/?")
    values = dict(parse_qsl(query))
    signature = values.pop("X-Amz-Signature")
    assert (name, values["User"], values["ResourceType"]) == ("kept", "app", "ServerlessCache")
    signer = SigV4QueryAuth(Credentials("key", "secret"), "elasticache", "us-east-1")
    request = AWSRequest("GET", "https://kept/", params=values)
    request.context["timestamp"] = values["X-Amz-Date"]
    request.headers["host"] = "kept"
    text = signer.string_to_sign(request, signer.canonical_request(request))
    assert signature == signer.signature(text, request)


@dataclass
class Shows:
    """The function of shows in front of its table and its cache."""

    function: Function
    server: Server

    def __call__(self, method: str, item: str = "", body: object = None) -> Answer:
        resource, path = ("/shows/{id}", {"id": item}) if item else ("/shows", None)
        return call(self.function, event(method, resource, path, claims=EDITOR, body=body))

    def behind(self, item: str) -> None:
        names = {"Key": {"id": item}, "UpdateExpression": "SET note = :new"}
        boto3.resource("dynamodb").Table("shows").update_item(**names, ExpressionAttributeValues={":new": "behind"})

    def faults(self) -> list[dict[str, Any]]:
        """Lines of the log that count what is wrong with the cache."""
        lines = [json.loads(line) for line in self.function.printed.read_text().splitlines()]
        return [line for line in lines if "CacheErrors" in line]


@pytest.fixture(params=["valkey_cluster", "memcached"])
def opened(request: pytest.FixtureRequest, aws: None, tmp_path: Path, start: Start) -> Callable[..., Shows]:
    server: Server = request.getfixturevalue(request.param)
    project = plain(request.param)
    written(tmp_path, project, "shows")
    admitted("app", "shows-cache", project, server)
    boto3.client("dynamodb").create_table(
        TableName="shows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    def started(**more: str) -> Shows:
        known = {"HOST": server.host, "PORT": str(server.port), "USER": "app", "NAME": "kept", "TTL_SECONDS": "60"}
        said = {f"SHOWS_CACHE_{name}": value for name, value in {**known, **more}.items()}
        trusted = {"NODE_EXTRA_CA_CERTS": str(server.ca_bundle)}
        return Shows(start(tmp_path / "functions/shows", SHOWS_TABLE_NAME="shows", **trusted, **said), server)

    return started


def test_what_was_read_is_read_from_the_cache_until_a_write_or_its_time_is_over(opened: Callable[..., Shows]) -> None:
    shows = opened()
    made = shows("POST", body=FIELDS).body
    item = made["id"]
    page = shows("GET").body
    assert (shows("GET", item).body, page) == (made, {"items": [made]})
    shows.behind(item)
    assert (shows("GET", item).body, shows("GET").body) == (made, page)
    emptied(shows.server)
    assert shows("GET", item).body["note"] == shows("GET").body["items"][0]["note"] == "behind"
    changed = shows("PUT", item, {"note": "second"}).body
    assert (shows("GET", item).body, shows("GET").body) == (changed, {"items": [changed]})
    assert shows("DELETE", item).status == 204
    assert (shows("GET", item).status, shows("GET").body) == (404, {"items": []})
    assert shows.faults() == []
    if shows.server.master[0]:
        client = master(shows.server)
        assert client.execute_command("ACL LOG") == []  # nothing was sent that the user may not
        client.close()


def test_the_store_answers_without_the_cache(opened: Callable[..., Shows]) -> None:
    shows = opened(PORT="1")
    made = shows("POST", body=FIELDS).body  # tries, and from here on the cache rests
    assert (shows("GET", made["id"]).body, shows("GET").body) == (made, {"items": [made]})
    (said,) = shows.faults()
    assert shows("PUT", made["id"], {"note": "second"}).status == 200  # what others may still read is to be forgotten
    assert len(shows.faults()) == 2
    (metric,) = said["_aws"]["CloudWatchMetrics"]
    assert (metric["Namespace"], metric["Dimensions"], said["Cache"]) == ("theatre", [["Cache"]], "localhost")


def test_a_cache_that_can_not_prove_who_it_is_is_not_asked(opened: Callable[..., Shows]) -> None:
    shows = opened(HOST="127.0.0.1")
    assert shows("POST", body=FIELDS).status == 201
    assert len(shows.faults()) == 1


@pytest.mark.parametrize("opened", ["valkey_cluster"], indirect=True)
def test_a_slow_cache_is_not_waited_for(opened: Callable[..., Shows]) -> None:
    shows = opened()
    made = shows("POST", body=FIELDS).body
    client = master(shows.server)
    client.execute_command("CLIENT PAUSE", 500, "ALL")
    assert shows("GET", made["id"]).body == made
    assert len(shows.faults()) == 1
    client.close()
