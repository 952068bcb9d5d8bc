"""Rendered handlers of DocumentDB against a server of MongoDB's protocol: accounts, TLS, conditions, rotation.

Those in Node.js stand beside those in Python: they share the cluster, its documents and its user.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import bson
import pytest
from pymongo import MongoClient

from support.emitted import emitted
from support.handlers import load, pytest_in
from support.nodejs import Start, link, own_tests
from support.requests import Answer, call, event
from support.rotation import begin_rotation
from support.servers import Server, write_certificates
from support.sql import secret
from support.tidy import untidy

ITEMS, ONE = "/notes", "/notes/{id}"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
FUNCTIONS = ("notes", "notes-migrate")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return emitted("documents", tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="module")
def in_nodejs(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Path:
    """The same project with functions in Node.js, which wait a short while for a server."""
    folder = emitted("documents", tmp_path_factory.mktemp("nodejs"), runtime="nodejs24.x")
    link(folder, node_modules)
    for path in folder.rglob("database.mjs"):
        path.write_text(re.sub(r"CONNECT_MS = \d+", "CONNECT_MS = 300", path.read_text()))
    return folder


@dataclass
class Application:
    """The function of notes and its cluster's migration function, as they stand in Lambda."""

    handler: Any
    database: Any
    migrations: Any
    master: MongoClient[dict[str, Any]]
    secret: str

    def __call__(self, method: str, path: str, *args: Any, owner: str = "ann", **kwargs: Any) -> Answer:
        return call(self.handler, event(method, path, *args, claims={"sub": owner}, **kwargs))

    def create(self, **fields: Any) -> Any:
        answer = self("POST", ITEMS, body=fields)
        assert answer.status == 201, answer
        return answer.body

    def migrate(self, event: dict[str, Any] | None = None) -> Any:
        return self.migrations.lambda_handler(event or {}, None)

    def rotate(self) -> None:
        _, token = begin_rotation(boto3.client("secretsmanager"), self.secret)
        for step in STEPS:
            self.migrate({"Step": step, "SecretId": self.secret, "ClientRequestToken": token})


@pytest.fixture
def deployed(project: Path, mongodb: Server, aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    app = secret("app", "app", "the first password")
    variables = {
        "NOTES_HOST": mongodb.host,
        "NOTES_PORT": str(mongodb.port),
        "NOTES_DB_NAME": "app",
        "NOTES_USER": "app",
        "NOTES_CA_BUNDLE": str(mongodb.ca_bundle),
        "NOTES_SECRET_ARN": app,
        "NOTES_MASTER_SECRET_ARN": secret("master", *mongodb.master),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    (migrations,) = load(project / "functions/notes-migrate", "handler")
    handler, database = load(project / "functions/notes", "handler", "database")
    with database.connect(*mongodb.master) as master:
        master.drop_database("app")
        master.admin.command("dropUser", "app")
        made = Application(handler, database, migrations, master, app)
        yield made
    database.close()


@pytest.fixture
def notes(deployed: Application) -> Application:
    assert deployed.migrate() == {"applied": ["0001_init.json"]}
    return deployed


def test_code_is_tidy(project: Path) -> None:
    assert untidy(*(project / "functions").iterdir()) == ""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_its_own_tests_pass(project: Path, function: str) -> None:
    done = pytest_in(project / "functions" / function)
    assert done.returncode == 0, done.stdout


def test_numbers_come_back_exactly(notes: Application) -> None:
    """Those that fit into 64 bits; nx-27017 can't keep the others, which are Decimal128 (see test_values)."""
    one = notes.create(a=0.1, b=2**63 - 1, c=-(2**63), d=1e100, e=12.50, f=0, g=True)
    assert notes("GET", ONE, {"id": one["id"]}).body == one


def test_values(project: Path) -> None:
    (values,) = load(project / "functions/notes", "values")
    numbers = [Decimal("0.1"), Decimal("1E+6"), Decimal("12345678901234567890.12345678901234"), 2**64, -(10**33), 1]
    for number in numbers:
        stored = values.stored({"n": [number]})
        assert bson.decode(bson.encode(stored)) == stored
        assert values.shown(stored) == {"n": [number]}
    for wrong in (10**34 + 1, Decimal("1." + "1" * 40)):
        with pytest.raises(Exception, match="34 digits"):
            values.stored(wrong)
    for name in ("$set", "a.b", "100%", "%24", "%2e", "é/ü"):
        assert not {"$", "."} & set("".join(values.stored({name: 1})))
        assert values.shown(values.stored({name: {name: 1}})) == {name: {name: 1}}


def test_lists_show_the_caller_s_items_page_by_page(notes: Application) -> None:
    made = [notes.create(n=n)["id"] for n in range(5)]
    for owner in ("an", "ann0", "ann/", "ann%2F"):
        notes("POST", ITEMS, body={"text": "another's"}, owner=owner)
    found, token = [], ""
    for _ in range(3):
        query = {"limit": "2"} | ({"nextToken": token} if token else {})
        page = notes("GET", ITEMS, queryStringParameters=query).body
        found += [item["id"] for item in page["items"]]
        token = page.get("nextToken", "")
    assert (found, token) == (made, "")
    assert len(notes("GET", ITEMS, owner="ann/").body["items"]) == 1


def test_the_application_s_user_has_its_own_database_only(notes: Application) -> None:
    with notes.database.connect("app", "the first password") as client:
        assert client.app.notes.count_documents({}) == 0
        with pytest.raises(Exception, match="not authorized"):
            client.other.notes.insert_one({})
        with pytest.raises(Exception, match="not authorized"):
            client.admin.command("createUser", "eve", pwd="eve's password", roles=[])


def test_the_password_is_rotated_under_running_functions(notes: Application) -> None:
    made = notes.create(text="before")
    notes.rotate()
    notes.database.close()  # Lambda opens another connection, with the password that it has kept
    assert notes("GET", ONE, {"id": made["id"]}).status == 200
    with pytest.raises(Exception, match="Authentication failed"):
        notes.database.connect("app", "the first password").admin.command("ping")


def test_a_cluster_that_is_not_there_is_unavailable(notes: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.database.close()
    monkeypatch.setenv("NOTES_PORT", "1")
    monkeypatch.setattr(notes.database, "CONNECT_MS", 200)
    answer = notes("GET", ITEMS)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_another_server_than_the_named_one_is_not_trusted(notes: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.database.close()
    monkeypatch.setenv("NOTES_HOST", "127.0.0.1")  # the certificate is for localhost
    monkeypatch.setattr(notes.database, "CONNECT_MS", 500)
    assert notes("GET", ITEMS).status == 503


def test_a_migration_that_changed_is_refused(notes: Application, project: Path, tmp_path: Path) -> None:
    (tmp_path / "0001_init.json").write_text('[{"create": "other"}]')
    with pytest.raises(Exception, match=r"0001_init\.json has changed"):
        sys.modules.get("migrate", notes.migrations).migrate(tmp_path)


def test_documents_are_for_people_too(notes: Application) -> None:
    made = notes.create(text="one")
    (document,) = notes.master.app.notes.find({"scope.owner": "ann", "fields.text": "one"})
    assert json.loads(json.dumps(document["fields"])) == {"text": "one"}
    assert document["_id"] == f"ann/{made['id']}"


def test_its_own_tests_in_nodejs_pass_on_a_server(in_nodejs: Path, mongodb: Server) -> None:
    """What stands in for the collection in a function's own tests answers as a server does."""
    user, password = (quote(text) for text in mongodb.master)
    url = f"mongodb://{user}:{password}@{mongodb.host}:{mongodb.port}/?authMechanism=SCRAM-SHA-1&tls=true"
    done = own_tests(in_nodejs / "functions/notes", TEST_MONGODB_URL=f"{url}&tlsCAFile={quote(str(mongodb.ca_bundle))}")
    assert done.returncode == 0, done.stdout


@pytest.fixture
def beside(notes: Application, in_nodejs: Path, start: Start) -> Application:
    """The function of notes in Node.js, on the cluster of the one in Python."""
    return replace(notes, handler=start(in_nodejs / "functions/notes"))


def test_functions_in_both_languages_share_documents(notes: Application, beside: Application) -> None:
    fields = {"whole": 2**53 - 1, "many": -(2**40), "half": 0.5, "_bsontype": "Long", "a.b": {"$c": [{"%24": None}]}}
    for one, other in ((notes, beside), (beside, notes)):
        made = one.create(**fields)
        assert other("GET", ONE, {"id": made["id"]}).body == made
        assert fields.items() <= made.items()
        assert other("PUT", ONE, {"id": made["id"]}, body={}, headers={"If-Match": f'"{made["etag"]}"'}).status == 200
        assert one("DELETE", ONE, {"id": made["id"]}, headers={"If-Match": f'"{made["etag"]}"'}).status == 412
    large = notes.create(n=2**63 - 1)["id"]  # JavaScript has no number for it but the nearest double
    assert float(beside("GET", ONE, {"id": large}).body["n"]) == 2.0**63


def test_a_password_is_rotated_under_functions_in_nodejs(beside: Application) -> None:
    made = beside.create(text="before")
    beside.rotate()
    beside.master.admin.command("replSetStepDown", 60)  # connections end, and the new ones have the old password
    assert beside("GET", ONE, {"id": made["id"]}).body == made


ON_ENDED_CONNECTIONS = """
    import { run } from "./database.mjs";
    let ended = Number(process.argv[1]);
    const count = (documents) => {
      if (ended-- <= 0) return documents.countDocuments({});
      throw Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" });
    };
    console.log(await run("notes", count).catch((error) => error.status));
    process.exit();
"""


@pytest.mark.parametrize(("ended", "answer"), [(1, "1"), (2, "503")])
def test_a_connection_that_the_server_ended_is_replaced(
    beside: Application, in_nodejs: Path, moto_server: str, ended: int, answer: str
) -> None:
    """Whether Node.js or the driver sees it first is a matter of moments: what Node.js throws is thrown here."""
    beside.create(text="one")
    command = ["node", "--no-warnings", "--input-type=module", "--eval", ON_ENDED_CONNECTIONS, str(ended)]
    environment = {**os.environ, "AWS_ENDPOINT_URL": moto_server, "AWS_REGION": "us-east-1"}
    folder = in_nodejs / "functions/notes"
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == answer, done


@pytest.mark.parametrize("name", ["HOST", "CA_BUNDLE"])
def test_functions_in_nodejs_trust_the_named_cluster_alone(
    notes: Application, in_nodejs: Path, start: Start, tmp_path: Path, name: str
) -> None:
    other = {"HOST": "127.0.0.1", "CA_BUNDLE": str(write_certificates(tmp_path))}[name]
    handler = start(in_nodejs / "functions/notes", **{f"NOTES_{name}": other})
    answer = replace(notes, handler=handler)("GET", ITEMS)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "127.0.0.1" not in str(answer.body)
