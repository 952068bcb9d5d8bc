"""Rendered handlers of Neptune: what stands in the graph, literals that nothing ends, and a cluster that is busy."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.emitted import emitted, few
from support.engines.https import Answer as Reply
from support.engines.https import serving
from support.engines.neptune import JSON, Cluster
from support.handlers import load, put, pytest_in
from support.nodejs import Function, Start
from support.rendered import variant
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


@pytest.mark.parametrize("function", few(["people", "routes", "visits", "concepts"], "people"))
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


Open = Callable[[Server], Any]


@pytest.fixture(params=["python", "nodejs"])
def opened(project: Path, at: Callable[[Server, str], None], request: pytest.FixtureRequest) -> Iterator[Open]:
    """The function of people in each language, in front of a server."""
    with ExitStack() as stack:

        def open_at(server: Server) -> Any:
            at(server, "PEOPLE")
            if request.param == "python":
                handler, connection = load(project / "functions/people", "handler", "neptune")
                stack.callback(connection.close)
                return handler
            return request.getfixturevalue("in_nodejs")

        yield open_at


@pytest.fixture
def in_nodejs(tmp_path: Path, start: Start) -> Function:
    for file in variant("graphs", runtime="nodejs24.x", handlers="plain").files:
        if file.path.startswith("functions/people/"):
            put(tmp_path / file.path, file.text)
    return start(tmp_path / "functions/people")


def ask(handler: Any, method: str, path: str, *args: Any, **kwargs: Any) -> Answer:
    return call(handler, event(method, path, *args, claims={"sub": "ann"}, **kwargs))


def test_an_item_is_a_vertex_that_others_can_read(opened: Open, neptune: Cluster) -> None:
    made = ask(opened(neptune), "POST", "/people", body={"born": 1815}).body
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


@pytest.mark.parametrize("function", ["places", "concepts"])
def test_literals_are_the_same_in_every_language(project: Path, node_modules: Path, function: str) -> None:
    (file,) = [
        file for file in variant("graphs", runtime="nodejs24.x").files if file.path == f"functions/{function}/graph.mjs"
    ]
    text = re.search(r"(?ms)^export (function literal.*?^})", file.text)
    assert text
    script = f"{text[1]}; console.log(JSON.stringify({json.dumps(HOSTILE)}.map(literal)))"
    (graph,) = load(project / "functions" / function, "graph")
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [graph.literal(each) for each in HOSTILE]


def told(status: int, code: str) -> Reply:
    return status, JSON, json.dumps({"code": code, "detailedMessage": "why"}).encode()


FOUND = (200, JSON, b'{"results": []}')
CONFLICT = told(500, "ConcurrentModificationException")


def test_what_neptune_answers_is_told_as_what_it_means(opened: Open) -> None:
    """A query that it took back is sent again; a busy cluster can be asked again, and what it does not take is ours."""
    replies: list[Reply] = []
    with home("replies") as folder:
        ca_bundle = write_certificates(folder)
        with serving(lambda _: replies.pop(0), folder) as port:
            handler = opened(Server(port, ca_bundle))
            for given, status in (
                ([CONFLICT, CONFLICT, FOUND], 200),
                ([CONFLICT] * 3, 503),
                ([told(429, "ThrottlingException")], 503),
                ([told(400, "ReadOnlyViolationException")], 503),
                ([(503, "text/html", b"<p>gone")], 503),
                ([told(400, "MalformedQueryException")], 500),
            ):
                replies[:] = given
                answer = ask(handler, "GET", "/people")
                assert (answer.status, answer.headers.get("retry-after")) == (status, "1" if status == 503 else None)
                assert replies == []


def test_another_server_or_another_key_opens_nothing(
    opened: Open, neptune: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's certificate is for localhost."""
    handler = opened(neptune)
    for name, value, status in (
        ("AWS_SECRET_ACCESS_KEY", "a guess", 500),
        ("PEOPLE_PORT", "1", 503),
        ("PEOPLE_HOST", "127.0.0.1", 503),
    ):
        with monkeypatch.context() as patched:
            patched.setenv(name, value)
            assert ask(handler, "GET", ONE, {"id": "x"}).status == status, (name, value)
