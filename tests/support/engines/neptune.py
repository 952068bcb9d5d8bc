"""Neptune's three languages, each by a real engine in this process, behind Neptune's paths and its IAM signature.

What is not Neptune's: the two property-graph languages see graphs of their own each, and there are no
bulk loads, no transactions over more than one request and no explain.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from support.engines.https import ACCESS_KEY, SECRET_KEY, Answer, Request, serving
from support.servers import Server, home, write_certificates

JSON = "application/json"
NODE = {"id", "labels", "properties"}
WORD = r"\b(?i:{})\b(?=(?:[^\"\\]|\"(?:[^\"\\]|\\.)*\")*$)"  # outside of quotes
# What Neptune wants a role to be allowed, by what a query might do (User Guide, "Using query actions").
ASKS = {
    "/opencypher": {"CREATE|MERGE": ["Write"], "SET": ["Write", "Delete"], "DELETE|REMOVE": ["Delete"]},
    "/gremlin": {"addV|addE": ["Write"], "property": ["Write", "Delete"], "drop": ["Delete"]},
    "/sparql": {"INSERT": ["Write"], "DELETE": ["Delete"]},
}


class Graphs:
    """One graph a language; a request at a time, as each of them is a transaction.

    `actions` are the IAM actions that the queries asked for so far.
    """

    def __init__(self) -> None:
        reason = "the package {} is not installed"
        cypher, gremlin, self.rdf = (
            pytest.importorskip(name, reason=reason.format(name)) for name in ("ocg", "graphersal", "pyoxigraph")
        )
        self.cypher, self.gremlin, self.triples = cypher.Graph(), gremlin.Graph(), self.rdf.Store()
        self.lock = threading.Lock()
        self.actions: set[str] = set()
        self.ways = {"/opencypher": self._cypher, "/gremlin": self._gremlin, "/sparql": self._sparql}

    def answer(self, request: Request) -> Answer:
        if not request.signed("neptune-db"):
            return _told(403, "AccessDeniedException", "the request is not signed by this key")
        try:
            with self.lock:
                return self.ways[request.place.lower()](request)
        except Exception as error:  # whatever an engine objects to is the caller's fault
            return _told(400, "MalformedQueryException", str(error))

    def _cypher(self, request: Request) -> Answer:
        said = request.parameters or json.loads(request.body)
        self._note("/opencypher", said["query"])
        rows = self.cypher.execute(said["query"], json.loads(said.get("parameters") or "{}"))
        return 200, JSON, json.dumps({"results": _shown(rows)}).encode()

    def _gremlin(self, request: Request) -> Answer:
        query = json.loads(request.body)["gremlin"]
        self._note("/gremlin", query)
        data = self.gremlin.execute(query)
        result = {"data": _typed(data if isinstance(data, list) else [data]), "meta": _typed({})}
        answer = {"requestId": "0", "status": {"code": 200, "attributes": _typed({})}, "result": result}
        return 200, "application/vnd.gremlin-v3.0+json", json.dumps(answer).encode()

    def _sparql(self, request: Request) -> Answer:
        said = request.parameters
        self._note("/sparql", said.get("update") or said["query"])
        if "update" in said:
            self.triples.update(said["update"])
            return 200, JSON, b"[]"
        answer = self.triples.query(said["query"])
        graph = isinstance(answer, self.rdf.QueryTriples)
        kind = self.rdf.RdfFormat.N_TRIPLES if graph else self.rdf.QueryResultsFormat.JSON
        return 200, kind.media_type, answer.serialize(format=kind)

    def _note(self, place: str, query: str) -> None:
        wanted = [asks for words, asks in ASKS[place].items() if re.search(WORD.format(words), query)]
        self.actions |= {"neptune-db:connect", "neptune-db:ReadDataViaQuery"}
        self.actions |= {f"neptune-db:{action}DataViaQuery" for asks in wanted for action in asks}


def _typed(value: Any) -> Any:
    """GraphSON 3, as Neptune answers Gremlin unless it is asked for less."""
    if isinstance(value, list):
        return {"@type": "g:List", "@value": [_typed(each) for each in value]}
    if isinstance(value, dict):
        return {"@type": "g:Map", "@value": [_typed(each) for pair in value.items() for each in pair]}
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    kinds = {int: "g:Int64", float: "g:Double"}
    return {"@type": kinds[type(value)], "@value": value} if type(value) in kinds else str(value)


def _shown(value: Any) -> Any:
    """Values as Neptune writes them: what makes a node a node begins with a tilde."""
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict) and value.keys() == NODE:
        return {"~entityType": "node"} | {f"~{key}": value[key] for key in NODE} | {"~id": str(value["id"])}
    return {key: _shown(each) for key, each in value.items()} if isinstance(value, dict) else value


def _told(status: int, code: str, message: str) -> Answer:
    return status, JSON, json.dumps({"code": code, "requestId": "0", "detailedMessage": message}).encode()


@dataclass(frozen=True)
class Cluster(Server):
    """The server, and what stands behind it."""

    graphs: Graphs = field(default_factory=Graphs)


@pytest.fixture(scope="session")
def neptune() -> Iterator[Cluster]:
    """An empty cluster. It knows one AWS key, which stands in `master`."""
    with home("neptune") as folder:
        ca_bundle, graphs = write_certificates(folder), Graphs()
        with serving(graphs.answer, folder) as port:
            yield Cluster(port, ca_bundle, master=(ACCESS_KEY, SECRET_KEY), graphs=graphs)
