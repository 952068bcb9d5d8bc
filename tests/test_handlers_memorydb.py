"""Items in two shards, as MemoryDB has them: functions in both languages find each item where it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.caches import admitted
from support.engines.valkey import master
from support.handlers import load, put
from support.nodejs import Start
from support.rendered import variant
from support.requests import Answer, call, event
from support.servers import Server

OWNERS = [f"caller-{number}" for number in range(12)]
Ask = Callable[..., Answer]


@pytest.fixture(params=["python3.14", "nodejs24.x"])
def ask(
    request: pytest.FixtureRequest,
    lambda_variables: None,
    valkey_shards: tuple[Server, Server],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Ask:
    """The function of scores in a language, which is told of the first node alone."""
    project = variant("in-memory", runtime=request.param, handlers="plain")
    for file in project.files:
        if file.path.startswith("functions/scores/"):
            put(tmp_path / file.path, file.text)
    trusted = tmp_path / "trusted.pem"
    trusted.write_text("".join(server.ca_bundle.read_text() for server in valkey_shards))
    for server in valkey_shards:
        admitted("arena", "scores", project, server)
    first = valkey_shards[0]
    known = {"HOST": first.host, "PORT": str(first.port), "NAME": "scores", "USER": "arena"}
    for name, value in {f"SCORES_{name}": value for name, value in known.items()}.items():
        monkeypatch.setenv(name, value)
    for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.setenv(name, str(trusted))
    home = tmp_path / "functions/scores"
    handler: Any
    if (home / "handler.py").exists():
        (handler,) = load(home, "handler")
    else:
        start: Start = request.getfixturevalue("start")
        handler = start(home)

    def asked(owner: str, method: str, item: str = "", body: object = None) -> Answer:
        resource, path = ("/scores/{id}", {"id": item}) if item else ("/scores", None)
        return call(handler, event(method, resource, path, claims={"sub": owner}, body=body))

    return asked


@pytest.mark.slow
def test_items_are_found_in_whichever_shard_they_are(ask: Ask, valkey_shards: tuple[Server, Server]) -> None:
    made = {owner: ask(owner, "POST", body={"points": 1}).body for owner in OWNERS}
    for owner, item in made.items():
        assert ask(owner, "GET").body == {"items": [item]}
        assert ask(owner, "PUT", item["id"], {"points": 2}).status == 200
        assert ask(owner, "GET", item["id"]).body["points"] == 2
    for server in valkey_shards:
        client = master(server)
        assert 0 < client.dbsize() < 2 * len(OWNERS)
        assert client.execute_command("ACL LOG") == []
        client.close()
    for owner, item in made.items():
        assert ask(owner, "DELETE", item["id"]).status == 204


@pytest.mark.slow
def test_a_connection_that_was_lost_is_opened_anew(ask: Ask, valkey_shards: tuple[Server, Server]) -> None:
    made = {owner: ask(owner, "POST", body={"points": 1}).body for owner in OWNERS}
    for server in valkey_shards:
        client = master(server)
        client.execute_command("CLIENT KILL USER", "arena")
        client.close()
    lost = [ask(owner, "GET", item["id"]).status for owner, item in made.items()]
    assert set(lost) <= {200, 503}
    assert lost.count(503) <= len(valkey_shards)
    assert {ask(owner, "GET", item["id"]).status for owner, item in made.items()} == {200}
