"""Rendered handlers of Neptune: what stands in the graph, literals that nothing ends, and a cluster that is busy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.emitted import emitted
from support.engines.https import Answer as Reply
from support.engines.https import serving
from support.engines.neptune import JSON, Cluster
from support.handlers import load, pytest_in
from support.requests import Answer, call, event
from support.servers import Server, home, write_certificates
from support.tidy import untidy

ONE = "/people/{id}"
# Ends of literals, and what some grammar reads as another character before it looks for these.
HOSTILE = [
    '"',
    "\\",
    '\\"',
    "\\u0022",
    "\\\\u0022)",
    "${x}",
    "'",
    "\\u005c\\u0022",
    '") . drop(',
    "> <",
    "\b\f\n\r\t",
    "\\n",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emitted("graphs", tmp_path_factory.mktemp("graphs"))


def test_code_is_tidy(project: Path) -> None:
    assert untidy(*(project / "functions").iterdir()) == ""


@pytest.mark.parametrize("function", ["people", "routes", "visits", "concepts"])
def test_its_own_tests_pass_offline(project: Path, function: str) -> None:
    done = pytest_in(project / "functions" / function)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def at(lambda_variables: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[Server, str], None]:
    """Lead a store's functions to a server, with the key that it knows."""

    def lead(server: Server, store: str) -> None:
        known = {"HOST": server.host, "PORT": str(server.port), "CA_BUNDLE": str(server.ca_bundle)}
        keys = zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), server.master, strict=True)
        names = {f"{store}_{name}": value for name, value in known.items()}
        for name, value in {**names, **dict(keys)}.items():
            monkeypatch.setenv(name, value)

    return lead


@pytest.fixture
def people(project: Path, neptune: Cluster, at: Callable[[Server, str], None]) -> Iterator[ModuleType]:
    at(neptune, "PEOPLE")
    handler, connection = load(project / "functions/people", "handler", "neptune")
    yield handler
    connection.close()


def ask(handler: ModuleType, method: str, path: str, *args: Any, **kwargs: Any) -> Answer:
    return call(handler, event(method, path, *args, claims={"sub": "ann"}, **kwargs))


def test_an_item_is_a_vertex_that_others_can_read(people: ModuleType, neptune: Cluster) -> None:
    made = ask(people, "POST", "/people", body={"born": 1815}).body
    (row,) = neptune.graphs.cypher.execute("MATCH (p {`~id`: $key}) RETURN p", {"key": f"people/ann/{made['id']}"})
    found = row["p"]["properties"]
    assert (found["id"], found["owner"], json.loads(found["data"])) == (made["id"], "ann", {"born": 1815})
    assert (found["etag"], found["updatedAt"]) == (made["etag"], made["updatedAt"])


@pytest.mark.parametrize(("store", "function"), [("PLACES", "places"), ("CONCEPTS", "concepts")])
def test_no_text_ends_a_literal(
    project: Path, neptune: Cluster, at: Callable[[Server, str], None], store: str, function: str
) -> None:
    at(neptune, store)
    graph, connection = load(project / "functions" / function, "graph", "neptune")
    for number, text in enumerate(HOSTILE):
        key = f"{function}/hostile/{number}"
        new = {"id": text, "data": text * 2, "etag": str(number), "updatedAt": "now"}
        assert graph.add(key, new).items() >= {"data": text * 2}.items()
        assert graph.find(key) == new
        assert new in graph.page({"id": text}, "", 100)
        assert not graph.remove(key, text or "x")
        assert graph.remove(key, str(number))
    connection.close()


@pytest.fixture
def answered(project: Path, at: Callable[[Server, str], None]) -> Iterator[Callable[[list[Reply]], ModuleType]]:
    """The function of people in front of a server that has these answers, in turn."""
    replies: list[Reply] = []
    with home("replies") as folder:
        ca_bundle = write_certificates(folder)
        with serving(lambda _: replies.pop(0), folder) as port:
            at(Server(port, ca_bundle), "PEOPLE")
            handler, connection = load(project / "functions/people", "handler", "neptune")

            def prepared(given: list[Reply]) -> ModuleType:
                replies[:] = given
                return handler

            yield prepared
            assert replies == []
            connection.close()


def told(status: int, code: str) -> Reply:
    return status, JSON, json.dumps({"code": code, "detailedMessage": "why"}).encode()


FOUND = (200, JSON, b'{"results": []}')
CONFLICT = told(500, "ConcurrentModificationException")


def test_a_query_that_neptune_took_back_is_sent_again(answered: Callable[[list[Reply]], ModuleType]) -> None:
    assert ask(answered([CONFLICT, CONFLICT, FOUND]), "GET", "/people").body == {"items": []}


@pytest.mark.parametrize(
    "replies",
    [
        [CONFLICT] * 3,
        [told(429, "ThrottlingException")],
        [told(400, "ReadOnlyViolationException")],
        [(503, "text/html", b"<p>gone")],
    ],
)
def test_a_cluster_that_is_busy_can_be_asked_again(
    answered: Callable[[list[Reply]], ModuleType], replies: list[Reply]
) -> None:
    answer = ask(answered(replies), "GET", "/people")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_a_query_that_neptune_does_not_take_is_a_fault_of_ours(
    answered: Callable[[list[Reply]], ModuleType],
) -> None:
    assert ask(answered([told(400, "MalformedQueryException")]), "GET", "/people").status == 500


@pytest.mark.parametrize(("name", "value"), [("PEOPLE_PORT", "1"), ("PEOPLE_HOST", "127.0.0.1")])
def test_a_server_that_is_not_there_or_another_is_unavailable(
    people: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The certificate is for localhost."""
    monkeypatch.setenv(name, value)
    assert ask(people, "GET", ONE, {"id": "x"}).status == 503


def test_a_role_that_may_not_ask_gets_nothing(people: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a guess")
    assert ask(people, "GET", ONE, {"id": "x"}).status == 500
