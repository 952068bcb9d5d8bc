"""Items that ElastiCache holds: the repository on real servers, over TLS, with the rights that the template gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber
from valkey.cluster import ClusterParser
from valkey.exceptions import ResponseError

from support.caches import Loaded, function
from support.engines.valkey import master
from support.handlers import load, put
from support.rendered import rendered
from support.servers import Server

ANN, BOB = {"owner": "ann"}, {"owner": "bob"}
NODES = {"data_stores": {"sessions": {"serverless": False}}}
FIELDS = {"note": "first", "price": 12.5, "seats": [1, 2], "none": None, "empty": "", "nested": {"a": {"b": "ü 🎭"}}}
HOSTILE = ["a}b", "{", "*", "a/b", "a:b", "..", "ü 🎭", "x" * 255, "a b", "%2F", "\\", "'", '"', "ids", "item:a"]
PASSWORDS = ["the first password", "the second password"]
BY_PASSWORD = {"Type": "password", "Passwords": PASSWORDS}

REFUSED: list[tuple[Any, ...]] = [
    ("FLUSHALL",),
    ("KEYS", "*"),
    ("SET", "sessions:x", "1"),
    ("EVAL", "return redis.call('GET', KEYS[1])", 1, "other"),
    ("EVAL", "return redis.call('KEYS', '*')", 1, "sessions:sessions:x"),
]


@pytest.fixture(params=["valkey_cluster", "valkey", "memcached"])
def loaded(
    request: pytest.FixtureRequest, lambda_variables: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Loaded]:
    server = request.getfixturevalue(request.param)
    resource, more = {"memcached": ("carts", {}), "valkey": ("sessions", NODES)}.get(request.param, ("sessions", {}))
    made = function(tmp_path, resource, resource, server, monkeypatch, **more)
    yield made
    if made.rights:
        made.valkey_client.close()
    else:
        made.memcached_client.client().close()


@pytest.fixture
def keeping(loaded: Loaded) -> SimpleNamespace:
    return SimpleNamespace(repository=loaded.repository, errors=loaded.errors, lists=bool(loaded.rights))


def test_an_item_lives_from_its_creation_to_its_end(keeping: SimpleNamespace) -> None:
    repository, errors = keeping.repository, keeping.errors
    made = repository.create(ANN, "1", FIELDS)
    assert made.items() >= {"id": "1", **FIELDS}.items()
    assert repository.read(ANN, "1") == made
    with pytest.raises(errors.Exists) as there:
        repository.create(ANN, "1", {"note": "another"})
    assert there.value.item == made
    changed = repository.update(ANN, "1", {"note": "second"}, made["etag"])
    assert changed["etag"] != made["etag"]
    assert repository.read(ANN, "1") == changed
    repository.delete(ANN, "1", changed["etag"])
    for gone in (lambda: repository.read(ANN, "1"), lambda: repository.delete(ANN, "1")):
        with pytest.raises(errors.NotFound):
            gone()
    with pytest.raises(errors.NotFound):
        repository.update(ANN, "1", {})
    assert repository.create(ANN, "1", {})["etag"] != made["etag"]


def test_what_another_changed_is_not_overwritten(keeping: SimpleNamespace) -> None:
    repository, errors = keeping.repository, keeping.errors
    first = repository.create(ANN, "1", FIELDS)
    second = repository.update(ANN, "1", {"note": "second"})
    for late in (
        lambda: repository.update(ANN, "1", {}, first["etag"]),
        lambda: repository.delete(ANN, "1", first["etag"]),
    ):
        with pytest.raises(errors.Changed):
            late()
    assert repository.read(ANN, "1") == second


def test_nobody_reaches_the_items_of_others(keeping: SimpleNamespace) -> None:
    repository, errors = keeping.repository, keeping.errors
    repository.create(ANN, "1", FIELDS)
    for reach in (repository.read, repository.delete, lambda scope, item_id: repository.update(scope, item_id, {})):
        with pytest.raises(errors.NotFound):
            reach(BOB, "1")
    repository.create(BOB, "1", {"note": "bob's"})
    assert repository.read(ANN, "1")["note"] == "first"
    if keeping.lists:
        assert [item["note"] for item in repository.list_page(BOB, 10, "")[0]] == ["bob's"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_names_whatever_they_hold(keeping: SimpleNamespace, name: str) -> None:
    repository, scope = keeping.repository, {"owner": name}
    assert repository.create(scope, name, {"note": name})["note"] == name
    assert repository.read(scope, name)["id"] == name
    if keeping.lists:
        assert [item["id"] for item in repository.list_page(scope, 1, "")[0]] == [name]
        assert repository.list_page(ANN, 1, "") == ([], "")
    repository.delete(scope, name)


@pytest.mark.parametrize("loaded", ["valkey_cluster", "valkey"], indirect=True)
def test_pages_follow_each_other_in_the_order_of_ids(loaded: Loaded) -> None:
    repository = loaded.repository
    for item_id in ("c", "a", "e", "b", "d"):
        repository.create(ANN, item_id, {})
    found, after = [], ""
    for _ in range(3):
        page, after = repository.list_page(ANN, 2, after)
        found.append([item["id"] for item in page])
    assert (found, after) == ([["a", "b"], ["c", "d"], ["e"]], "")
    repository.delete(ANN, "c")
    assert [item["id"] for item in repository.list_page(ANN, 2, "b")[0]] == ["d", "e"]


@pytest.mark.parametrize("loaded", ["valkey_cluster"], indirect=True)
def test_an_item_whose_time_is_over_is_in_no_page(loaded: Loaded, valkey_cluster: Server) -> None:
    repository, client = loaded.repository, master(valkey_cluster)
    for item_id in ("a", "b"):
        repository.create(ANN, item_id, {})
    (key,) = client.keys("*:item:a")
    assert 0 < client.ttl(key) <= 3600
    client.pexpire(key, 0)
    assert [item["id"] for item in repository.list_page(ANN, 10, "")[0]] == ["b"]
    assert client.zrange(next(iter(client.scan_iter("*:ids"))), 0, -1) == ["b"]
    repository.create(ANN, "a", {})
    assert len(repository.list_page(ANN, 10, "")[0]) == 2
    client.close()


@pytest.mark.parametrize("loaded", ["valkey_cluster"], indirect=True)
def test_ids_go_with_the_last_item_whose_they_are(loaded: Loaded, valkey_cluster: Server) -> None:
    repository, client = loaded.repository, master(valkey_cluster)
    for write in (repository.create, repository.update):
        write(ANN, "a", {})
        (ids,) = client.keys("*:ids")
        assert 0 < client.ttl(ids) <= 3600
        client.persist(ids)
    client.close()


@pytest.mark.parametrize("answer", ["CLUSTERDOWN Hash slot not served", "MASTERDOWN Link is down", "TRYAGAIN Later"])
@pytest.mark.parametrize("loaded", ["valkey_cluster"], indirect=True)
def test_a_server_that_is_not_ready_is_busy(loaded: Loaded, answer: str) -> None:
    with pytest.raises(loaded.errors.Unavailable), loaded.repository._store_errors():
        raise ClusterParser.parse_error(answer)


@pytest.mark.parametrize("loaded", ["valkey_cluster", "valkey"], indirect=True)
def test_the_user_may_do_what_the_code_does_and_nothing_else(loaded: Loaded, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("valkey_cluster" if "+cluster|slots" in loaded.rights else "valkey")
    client = master(server)
    client.config_resetstat()
    loaded.valkey_client.close()
    item = loaded.repository.create(ANN, "1", {})
    loaded.repository.read(ANN, "1")
    loaded.repository.update(ANN, "1", {}, item["etag"])
    loaded.repository.list_page(ANN, 1, "")
    (key,) = client.keys("*:item:1")
    client.delete(key)
    loaded.repository.list_page(ANN, 1, "")
    with pytest.raises(loaded.errors.NotFound):
        loaded.repository.delete(ANN, "1")
    client.execute_command("ACL LOG RESET")
    own = {"auth", "keys", "config|resetstat", "acl|log", "info"}  # what the test sent itself, or needs no right
    sent = {name.removeprefix("cmdstat_") for name in client.info("commandstats")} - own
    may = {right[1:] for right in loaded.rights.split() if right.startswith("+")}
    spare = {"ping", "client|setname", "cluster|shards", "cluster|nodes"}  # of an idle connection, and of other clients
    assert may - spare == sent
    app = loaded.valkey_client.client()
    for command in REFUSED:
        cluster = {"target_nodes": "primaries"} if "+cluster|slots" in loaded.rights and len(command) < 3 else {}
        with pytest.raises(ResponseError, match=r"(?i)permissions"):
            app.execute_command(*command, **cluster)
    client.close()


def test_a_server_that_can_not_prove_who_it_is_is_not_talked_to(
    keeping: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(keeping.errors.Unavailable):
        keeping.repository.read(ANN, "1")


def test_a_server_that_is_not_there_may_be_there_later(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix in ("SESSIONS", "CARTS"):
        monkeypatch.setenv(f"{prefix}_PORT", "1")
    with pytest.raises(loaded.errors.Unavailable):
        loaded.repository.create(ANN, "1", {})


@pytest.mark.parametrize("loaded", ["valkey_cluster"], indirect=True)
def test_a_token_names_the_cache_and_the_user_and_is_short(loaded: Loaded) -> None:
    user, token = loaded.valkey_sign_in.current()
    assert user == loaded.user
    assert token.startswith("sessions/?Action=connect&User=sessions-user&ResourceType=ServerlessCache&")
    assert "X-Amz-Expires=900&" in token
    assert "%2Fus-east-1%2Felasticache%2Faws4_request" in token


@pytest.mark.parametrize(
    ("blueprint", "store", "change", "named", "given"),
    [
        ("caches", "nodes", "modify_user", "UserId", {"Passwords": PASSWORDS}),
        ("in-memory", "players", "update_user", "UserName", {"AuthenticationMode": BY_PASSWORD}),
    ],
)
def test_a_rotation_changes_the_user_as_its_service_wants_it(
    lambda_variables: None, tmp_path: Path, blueprint: str, store: str, change: str, named: str, given: dict[str, Any]
) -> None:
    (file,) = [f for f in rendered(blueprint).files if f.path == f"functions/{store}-rotate/users.py"]
    put(tmp_path / "users.py", file.text)
    (users,) = load(tmp_path, "users")
    with Stubber(users.client()) as service:
        service.add_response(change, {}, {named: "app", **given})
        service.add_response("describe_users", {"Users": [{"Status": "active"}]}, {named: "app"})
        users.let_in("app", PASSWORDS)
        assert users.status("app") == "active"


@pytest.mark.parametrize("loaded", ["valkey"], indirect=True)
def test_a_connection_is_opened_anew_before_elasticache_ends_it(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = loaded.valkey_client.client()
    assert loaded.valkey_client.client() is first
    monkeypatch.setattr(loaded.valkey_client, "KEPT_SECONDS", -1)
    assert loaded.valkey_client.client() is not first
    assert loaded.valkey_client.KEPT_SECONDS < 12 * 3600
