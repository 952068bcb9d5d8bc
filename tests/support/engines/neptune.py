"""Neptune's three languages, each by a real engine in this process, behind Neptune's paths and its IAM signature.

What is not Neptune's: the two property-graph languages see graphs of their own each, and there are no
bulk loads, no transactions over more than one request and no explain.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from support.engines.https import ACCESS_KEY, SECRET_KEY, Answer, Request, serving
from support.servers import Server, home, write_certificates

JSON = "application/json"
NODE = {"id", "labels", "properties"}


class Graphs:
    """One graph a language; a request at a time, as each of them is a transaction."""

    def __init__(self) -> None:
        reason = "the package {} is not installed"
        cypher, gremlin, self.rdf = (
            pytest.importorskip(name, reason=reason.format(name)) for name in ("ocg", "graphersal", "pyoxigraph")
        )
        self.cypher, self.gremlin, self.triples = cypher.Graph(), gremlin.Graph(), self.rdf.Store()
        self.lock = threading.Lock()
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
        rows = self.cypher.execute(said["query"], json.loads(said.get("parameters") or "{}"))
        return 200, JSON, json.dumps({"results": _shown(rows)}).encode()

    def _gremlin(self, request: Request) -> Answer:
        data = self.gremlin.execute(json.loads(request.body)["gremlin"])
        result = {"data": data if isinstance(data, list) else [data], "meta": {}}
        return (
            200,
            JSON,
            json.dumps({"requestId": "0", "status": {"code": 200}, "result": result}, default=str).encode(),
        )

    def _sparql(self, request: Request) -> Answer:
        said = request.parameters
        if "update" in said:
            self.triples.update(said["update"])
            return 200, JSON, b"[]"
        answer = self.triples.query(said["query"])
        graph = isinstance(answer, self.rdf.QueryTriples)
        kind = self.rdf.RdfFormat.N_TRIPLES if graph else self.rdf.QueryResultsFormat.JSON
        return 200, kind.media_type, answer.serialize(format=kind)


def _shown(value: Any) -> Any:
    """Values as Neptune writes them: what makes a node a node begins with a tilde."""
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict) and value.keys() == NODE:
        return {"~entityType": "node"} | {f"~{key}": value[key] for key in NODE} | {"~id": str(value["id"])}
    return {key: _shown(each) for key, each in value.items()} if isinstance(value, dict) else value


def _told(status: int, code: str, message: str) -> Answer:
    return status, JSON, json.dumps({"code": code, "requestId": "0", "detailedMessage": message}).encode()


@pytest.fixture(scope="session")
def neptune() -> Iterator[Server]:
    """An empty cluster. It knows one AWS key, which stands in `master`."""
    with home("neptune") as folder:
        ca_bundle = write_certificates(folder)
        with serving(Graphs().answer, folder) as port:
            yield Server(port, ca_bundle, master=(ACCESS_KEY, SECRET_KEY))
