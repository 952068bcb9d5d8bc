"""A cache before a data store, on real servers: what it saves, and that it never answers what was written over."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pymemcache import Client

from support.caches import Loaded, function
from support.engines.valkey import master
from support.servers import Server

NOBODY: dict[str, str] = {}
FIELDS = {"note": "first", "price": Decimal("12.5"), "big": 10**37, "nested": {"a": ["ü 🎭", None, True]}}
GARBAGE = ["{", "null", "[]", '{"id": "another"}', '{"items": [1], "next": ""}', '{"items": [], "next": 1}', "[" * 9000]
MEMCACHED = {"data_stores": {"shows-cache": {"engine": "memcached"}}}


@pytest.fixture(params=["valkey_cluster", "memcached"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def overwrite(request: pytest.FixtureRequest, server: Server) -> Iterator[Callable[[str], None]]:
    """Puts a text in the place of everything that the cache holds; "" forgets it."""
    context = ssl.create_default_context(cafile=server.ca_bundle)
    client = Client((server.host, server.port), tls_context=context, default_noreply=False)
    keys: set[str] = set()

    def everything(text: str) -> None:
        if server.master[0]:
            valkey = master(server)
            for key in valkey.scan_iter("*"):
                valkey.set(key, text) if text else valkey.delete(key)
            valkey.close()
        else:
            for key in keys:
                client.replace(key, text.encode())

    everything.keys = keys  # type: ignore[attr-defined]
    if not server.master[0]:
        client.flush_all()
    yield everything
    client.close()


@pytest.fixture
def loaded(
    aws: None, server: Server, overwrite: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Loaded]:
    """The function of shows: its table in moto, its cache on the server."""
    monkeypatch.setenv("SHOWS_TABLE_NAME", "shows")
    made = function(tmp_path, "shows", "shows-cache", server, monkeypatch, **({} if server.master[0] else MEMCACHED))
    made.repository.client().create_table(
        TableName="shows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    key = made.cached._key

    def noted(*arguments: Any) -> str:
        overwrite.keys.add(key(*arguments))
        return str(key(*arguments))

    monkeypatch.setattr(made.cached, "_key", noted)
    yield made
    (made.valkey_client.close if made.rights else made.memcached_client.client().close)()


@pytest.fixture
def cached(loaded: Loaded) -> ModuleType:
    return loaded.cached


def behind(loaded: Loaded, item_id: str, fields: dict[str, Any]) -> None:
    """Change an item in the table, without the cache."""
    loaded.repository.update(NOBODY, item_id, fields)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_item_is_read_from_the_store_once(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    made = loaded.cached.create(NOBODY, "1", FIELDS)
    assert loaded.cached.read(NOBODY, "1") == made
    behind(loaded, "1", {"note": "behind"})
    assert loaded.cached.read(NOBODY, "1") == made
    assert lines(capsys) == []


def test_a_page_is_read_from_the_store_once(loaded: Loaded) -> None:
    for item_id in ("1", "2", "3"):
        loaded.cached.create(NOBODY, item_id, FIELDS)
    first, after = loaded.cached.list_page(NOBODY, 2, "")
    behind(loaded, first[0]["id"], {"note": "behind"})
    assert loaded.cached.list_page(NOBODY, 2, "") == (first, after)
    assert loaded.cached.list_page(NOBODY, 1, "")[0][0]["note"] == "behind"  # another page
    assert len(loaded.cached.list_page(NOBODY, 2, after)[0]) == 1


@pytest.mark.parametrize("server", ["valkey_cluster"], indirect=True)
def test_values_are_kept_for_a_time_that_differs_a_little(loaded: Loaded, server: Server) -> None:
    for number in range(20):
        loaded.cached.create(NOBODY, str(number), FIELDS)
        loaded.cached.read(NOBODY, str(number))
    client = master(server)
    kept = [client.ttl(key) for key in client.scan_iter("shows-cache:shows:*")]
    client.close()
    assert len(kept) == 20
    assert all(0 < seconds <= 60 for seconds in kept)
    assert len(set(kept)) > 1


@pytest.mark.parametrize("server", ["valkey_cluster"], indirect=True)
def test_what_expired_is_read_again(loaded: Loaded, overwrite: Callable[[str], None]) -> None:
    loaded.cached.create(NOBODY, "1", FIELDS)
    loaded.cached.read(NOBODY, "1")
    behind(loaded, "1", {"note": "behind"})
    overwrite("")
    assert loaded.cached.read(NOBODY, "1")["note"] == "behind"


def test_a_write_makes_the_cache_forget_the_item_and_every_page(cached: ModuleType) -> None:
    made = cached.create(NOBODY, "1", FIELDS)
    cached.read(NOBODY, "1")
    assert len(cached.list_page(NOBODY, 10, "")[0]) == 1
    changed = cached.update(NOBODY, "1", {"note": "second"}, made["etag"])
    assert cached.read(NOBODY, "1") == changed
    assert cached.list_page(NOBODY, 10, "")[0] == [changed]
    cached.create(NOBODY, "2", FIELDS)
    assert len(cached.list_page(NOBODY, 10, "")[0]) == 2
    cached.delete(NOBODY, "1")
    assert len(cached.list_page(NOBODY, 10, "")[0]) == 1


def test_who_is_told_that_the_item_is_another_can_read_it(loaded: Loaded) -> None:
    loaded.cached.create(NOBODY, "1", FIELDS)
    old = loaded.cached.read(NOBODY, "1")
    behind(loaded, "1", {"note": "behind"})
    with pytest.raises(loaded.errors.Changed):
        loaded.cached.update(NOBODY, "1", {"note": "mine"}, old["etag"])
    assert loaded.cached.read(NOBODY, "1")["note"] == "behind"


def test_what_is_not_there_is_not_kept(loaded: Loaded) -> None:
    for _ in range(2):
        with pytest.raises(loaded.errors.NotFound):
            loaded.cached.read(NOBODY, "1")
    loaded.repository.create(NOBODY, "1", FIELDS)
    assert loaded.cached.read(NOBODY, "1")["note"] == "first"


def test_a_reader_that_a_writer_overtakes_keeps_nothing(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    cached, repository = loaded.cached, loaded.repository
    cached.create(NOBODY, "1", FIELDS)
    read, list_page = repository.read, repository.list_page

    def overtaken(ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*arguments: Any) -> Any:
            answer = ask(*arguments)
            monkeypatch.setattr(repository, "read", read)
            monkeypatch.setattr(repository, "list_page", list_page)
            cached.update(NOBODY, "1", {"note": "second"})
            return answer

        return asked

    monkeypatch.setattr(repository, "read", overtaken(read))
    assert cached.read(NOBODY, "1")["note"] == "first"
    assert cached.read(NOBODY, "1")["note"] == "second"
    monkeypatch.setattr(repository, "list_page", overtaken(list_page))
    before = cached.list_page(NOBODY, 10, "")[0][0]
    after = cached.list_page(NOBODY, 10, "")[0][0]
    assert before["etag"] != after["etag"] == cached.read(NOBODY, "1")["etag"]


@pytest.mark.parametrize("text", GARBAGE)
def test_a_value_that_is_none_of_ours_is_not_answered(
    cached: ModuleType, overwrite: Callable[[str], None], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = cached.create(NOBODY, "1", FIELDS)
    assert cached.read(NOBODY, "1") == made
    assert cached.list_page(NOBODY, 10, "") == ([made], "")
    pages = cached._pages(NOBODY)
    overwrite(text)
    assert cached.read(NOBODY, "1") == made
    assert cached.list_page(NOBODY, 10, "") == ([made], "")
    assert cached.read(NOBODY, "1") == made
    assert pages
    assert {line["reason"] for line in lines(capsys)} == {"a value that is none of ours"}


def test_values_that_are_too_large_are_not_kept(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaded.cached, "MAX_CHARACTERS", 10)
    loaded.cached.create(NOBODY, "1", FIELDS)
    loaded.cached.read(NOBODY, "1")
    behind(loaded, "1", {"note": "behind"})
    assert loaded.cached.read(NOBODY, "1")["note"] == "behind"


@pytest.mark.parametrize("name", ["a b", "x" * 255, "ü 🎭", "*", "a\nb", "item", "}{"])
def test_keys_are_of_one_length_whatever_names_hold(cached: ModuleType, name: str) -> None:
    made = cached.create(NOBODY, name, FIELDS)
    assert cached.read(NOBODY, name) == made
    assert len(cached._key(NOBODY, "item", name)) == len(cached._key(NOBODY, "pages")) < 250
    assert cached._key(NOBODY, "item", name).isascii()


@pytest.fixture(params=["down", "silent"])
def without(request: pytest.FixtureRequest, loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No cache any more: nothing listens there, or what does says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1] if request.param == "silent" else 1
        monkeypatch.setenv("SHOWS_CACHE_PORT", str(port))
        if loaded.rights:
            loaded.valkey_client.close()
            monkeypatch.setattr(loaded.valkey_client, "CONNECT_SECONDS", 0.1)
        else:
            loaded.memcached_client.client.cache_clear()
            monkeypatch.setattr(loaded.memcached_client, "CONNECT_SECONDS", 0.1)
        yield


def test_the_store_answers_without_the_cache(
    cached: ModuleType, without: None, capsys: pytest.CaptureFixture[str]
) -> None:
    made = cached.create(NOBODY, "1", FIELDS)  # tries, and from here on the cache rests
    assert [cached.read(NOBODY, "1"), cached.list_page(NOBODY, 10, "")] == [made, ([made], "")]
    (said,) = lines(capsys)
    cached.update(NOBODY, "1", {"note": "second"})  # what others may still read there has to be forgotten
    assert len(lines(capsys)) == 1
    assert said["CacheErrors"] == 1
    (metric,) = said["_aws"]["CloudWatchMetrics"]
    assert (metric["Namespace"], metric["Dimensions"]) == ("theatre", [["Cache"]])
    assert said["Cache"] == "localhost"  # what the template's alarm counts by is the cache's own address


@pytest.mark.parametrize("server", ["valkey_cluster"], indirect=True)
def test_a_slow_cache_is_not_waited_for(loaded: Loaded, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    made = loaded.cached.create(NOBODY, "1", FIELDS)
    client = master(server)
    client.execute_command("CLIENT PAUSE", 1500, "ALL")
    assert loaded.cached.read(NOBODY, "1") == made
    assert len(lines(capsys)) == 1
    client.close()


@pytest.mark.parametrize("server", ["valkey_cluster"], indirect=True)
def test_a_connection_that_was_closed_meanwhile_is_no_failure(
    loaded: Loaded, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    made = loaded.cached.create(NOBODY, "1", FIELDS)
    client = master(server)
    client.execute_command("CLIENT KILL USER", loaded.user)
    client.close()
    assert loaded.cached.read(NOBODY, "1") == made
    assert lines(capsys) == []
