"""Rendered Node.js functions: well typed, small, pinned, and their own tests pass, offline and against engines."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest

from support.cases import BY_ROW, TEMPLATES, TICKETS, Case, store_of
from support.contract.application import project_with
from support.contract.stores import IN_NODEJS
from support.emitted import few
from support.handlers import put, write
from support.nodejs import NODE, Function, Start, link, offline, own_tests
from support.rendered import rendered, variant
from support.requests import call, event
from support.servers import Server, write_certificates
from support.sql import ITEMS, ONE, Application
from test_handlers_contract import ETAG, REQUESTS, Requests
from test_handlers_rendered import CASES
from test_handlers_sql import KILL


def in_nodejs(case: Case) -> bool:
    """Whether a case's store has code in Node.js."""
    return case.store == "none" or store_of(case).component.has_code("nodejs", "api", case.variants)


NODE_CASES = {name: replace(case, language="nodejs") for name, case in CASES.items() if in_nodejs(case)}
NODE_CASES["sorted-index"] = replace(NODE_CASES["index"], list_by=BY_ROW)
NODE_CASES["ec2"] = replace(NODE_CASES["postgres"], like="ec2")
# What no case has, by folder: the functions of a blueprint with more laid over it, one for each resource and as one.
AS_ONE: dict[str, Any] = {"granularity": "per-api"}
BLUEPRINTS: dict[str, tuple[str, dict[str, Any]]] = {
    "authorizers": ("lambda-authorizer", {}),
    "caches": ("caches", {}),
    "caches-whole": ("caches", AS_ONE | {"resources": {"posters": {"cache": None}}}),
    "documents": ("documents", {}),
    "documents-whole": ("documents", AS_ONE),
    "files": ("files", {}),
    "files-whole": ("files", AS_ONE | {"resources": {"fonts": {"data_store": "sketches"}}}),
    "graphs": ("graphs", {}),
    "graphs-whole": ("graphs", AS_ONE),
    "in-memory": ("in-memory", {}),
    "invocations": ("invocations", {"resources": {"tickets": {"routes": None}}}),
    "live-measurements": ("live-measurements", {}),
    "live-measurements-whole": ("live-measurements", AS_ONE),
    "measurements": ("measurements", {}),
    "measurements-whole": ("measurements", AS_ONE),
    "warehouses": ("warehouses", {}),
    "warehouses-whole": ("warehouses", AS_ONE),
    "rows": ("wide-rows", {}),
    "rows-whole": ("wide-rows", AS_ONE),
    "secrets": ("nodejs", {}),
    "secrets-whole": ("nodejs", AS_ONE | {"resources": {"tickets": {"function": None}}}),
    "staged": ("nodejs", {"stages": {"dev": {}, "prod": {}}, "handlers": "plain"}),
    "workers": ("workers", {}),
}
# Those whose generated tests differ.
OWN_TESTS = few(
    (
        "owner",
        "http-api",
        "index",
        "sorted-index",
        "cached-index",
        "parent",
        "custom-route",
        "no-store",
        "s3",
        "s3-read-only",
        "s3-parent",
        "s3-uploads",
        "data-api",
        "dsql",
        "oracle",
        "sqlserver-index",
    ),
    "owner",
    "http-api",
    "sorted-index",
    "s3-uploads",
    "data-api",
)
OWN_TESTS_OF_BLUEPRINTS = few(
    (
        "authorizers/functions/authorizer",
        "authorizers/functions/payments-authorizer",
        "caches/functions/shows",
        "caches/functions/sessions",
        "caches/functions/carts",
        "caches/functions/imports-worker",
        "in-memory/functions/players",
        "documents-whole/functions/api",
        "files/functions/fonts",
        "files-whole/functions/api",
        "graphs/functions/people",
        "graphs/functions/concepts",
        "graphs-whole/functions/api",
        "invocations/functions/prices-worker",
        "live-measurements/functions/readings",
        "live-measurements-whole/functions/api",
        "measurements/functions/readings",
        "measurements-whole/functions/api",
        "warehouses/functions/orders",
        "warehouses-whole/functions/api",
        "rows/functions/airports",
        "rows-whole/functions/api",
        "secrets/functions/shows",
        "secrets/functions/tickets",
        "secrets-whole/functions/api",
        "staged/functions/tickets",
        "workers/functions/clicks-worker",
        "workers/functions/orders-worker",
        "workers/functions/paid-worker",
        "workers/functions/scans-worker",
    ),
    "authorizers/functions/authorizer",
    "caches/functions/shows",
    "files/functions/fonts",
    "graphs-whole/functions/api",
    "measurements/functions/readings",
    "workers/functions/orders-worker",
)
CHECKS = {
    "allowJs": True,
    "checkJs": True,
    "lib": ["es2024"],
    "module": "nodenext",
    "noEmit": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "skipLibCheck": True,
    "strict": True,
    "target": "es2024",
    "types": ["node"],
}
COUNT = {
    "postgres": "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE user = 'app'",
}
ROTATE = {"postgres": ["ALTER ROLE app PASSWORD NEW"], "mysql": ["ALTER USER app@'%' IDENTIFIED BY NEW"]}
NEWER = {"@aws-sdk/client-redshift-data"}
PINNED = json.loads((NODE / "package.json").read_text())["dependencies"]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Path:
    folder = tmp_path_factory.mktemp("rendered")
    link(folder, node_modules)
    for name, case in NODE_CASES.items():
        write(folder / name, case)
    for place, (name, said) in BLUEPRINTS.items():
        for file in variant(name, runtime="nodejs24.x", **said).files:
            if file.path.startswith("functions/"):
                put(folder / place / file.path, file.text)
    for service in ("microservices+orders", "service-events+orders", "service-events+billing"):
        for file in rendered(service).files:
            if file.path.startswith("functions/"):
                put(folder / service / file.path, file.text)
    return folder


def test_code_is_well_typed(everything: Path) -> None:
    assert ill_typed(everything) == ""


@pytest.mark.slow
def test_functions_of_one_method_have_what_they_use(tmp_path: Path, node_modules: Path) -> None:
    """Of every store with code in Node.js: what nothing uses in a function is told."""
    link(tmp_path, node_modules)
    for name, store in IN_NODEJS.items():
        for file in project_with(store, granularity="per-method").files:
            if file.path.startswith("functions/"):
                put(tmp_path / name / file.path, file.text)
    assert ill_typed(tmp_path) == ""
    check_tidiness(tmp_path)


def ill_typed(folder: Path) -> str:
    """What TypeScript says of the code below `folder`."""
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": CHECKS, "include": ["*/**/*.mjs"]}))
    return subprocess.run(["node_modules/.bin/tsc"], cwd=folder, capture_output=True, text=True).stdout


def test_code_is_tidy(everything: Path) -> None:
    check_tidiness(everything)


def check_tidiness(folder: Path) -> None:
    """Raise AssertionError unless the modules of the functions below `folder` are small and of one form."""
    for path in folder.rglob("functions/**/*.mjs"):
        text = path.read_text()
        lines = text.splitlines()
        assert len(lines) <= 250, path
        assert text.endswith("\n")
        assert not text.endswith("\n\n"), path
        assert not re.search(r"\n\n\n|[ \t]\n|\t|\{\n\n|\{\n\w|\n\n *\}", text), path
        code = [line for line in lines if not re.match(r"\s*(//|/?\*)|.*\"", line)]
        assert max(map(len, code)) <= 120, path


@pytest.mark.parametrize("name", OWN_TESTS)
def test_its_own_tests_pass_offline(everything: Path, name: str) -> None:
    (folder,) = (everything / name / "functions").iterdir()
    offline(folder)


@pytest.mark.parametrize("path", OWN_TESTS_OF_BLUEPRINTS)
def test_the_tests_of_a_blueprint_pass_offline(everything: Path, path: str) -> None:
    offline(everything / path)


@pytest.mark.parametrize("name", ["owner", "sorted-index", "s3-uploads"])
def test_its_own_tests_pass_on_a_server(everything: Path, name: str, moto_server: str) -> None:
    """What stands in for the store in a function's own tests answers as the store does."""
    (folder,) = (everything / name / "functions").iterdir()
    done = own_tests(folder, AWS_ENDPOINT_URL_DYNAMODB=moto_server, AWS_ENDPOINT_URL_S3=moto_server)
    assert done.returncode == 0, done.stdout


def test_dependencies_are_pinned_to_what_is_tested(everything: Path) -> None:
    for path in everything.rglob("functions/*/package.json"):
        said = json.loads(path.read_text())
        needed = said.get("dependencies", {})
        assert (needed | said.get("devDependencies", {})).items() <= PINNED.items(), path
        # Lambda's runtime brings them, of some an older one that lacks a call's arguments
        assert not [name for name in set(needed) - NEWER if name.startswith("@aws-sdk/client-")], path


def test_templates_are_more_text_than_logic() -> None:
    for path in TEMPLATES.rglob("*.mjs.j2"):
        lines = path.read_text().splitlines()
        control = sum(line.lstrip().startswith("{%") and "include" not in line for line in lines)
        assert control <= len(lines) / 3 or "tests" in path.parts, path.relative_to(TEMPLATES)


def statuses(function: Function, requests: Requests = REQUESTS) -> list[tuple[int, str, str, int]]:
    """Requests of the contract whose answers have another status than it says."""
    got = [(given, call(function, given).status, wanted) for given, wanted in requests]
    return [
        (index, f"{given['httpMethod']} {given['path']}", str(given["body"])[:60], status)
        for index, (given, status, wanted) in enumerate(got)
        if status != wanted
    ]


def test_every_request_gets_its_status_from_s3(aws: None, tmp_path: Path, start: Start) -> None:
    boto3.client("s3").create_bucket(Bucket="kept")
    home = write(tmp_path, replace(TICKETS, store="s3", style="plain", language="nodejs"))
    # Its etags are S3's own, not those that the contract's requests name.
    requests = [(given, status) for given, status in REQUESTS if ETAG not in str(given["headers"])]
    assert statuses(start(home, fixed=True, TICKETS_BUCKET_NAME="kept"), requests) == []


@pytest.fixture
def on_sql(migrated: Application, tmp_path: Path, start: Start) -> Function:
    case = replace(TICKETS, store=migrated.engine, style="plain", language="nodejs")
    return start(write(tmp_path / "nodejs", case), fixed=True)


def test_every_request_gets_its_status_from_a_database(on_sql: Function) -> None:
    assert statuses(on_sql) == []


def test_a_connection_outlives_requests_but_not_its_end(migrated: Application, on_sql: Function) -> None:
    created = call(on_sql, event("POST", ITEMS, body={"note": "ä'\"?$1\\", "price": 12.5, "none": None}))
    one = event("GET", ONE, {"id": created.body["id"]})
    assert call(on_sql, one).body == created.body
    connections = COUNT[migrated.engine]
    assert migrated.as_master(connections)[0][0] == 1
    migrated.as_master(KILL[migrated.engine])
    assert call(on_sql, one).body == created.body


def test_a_rotated_password_is_read_again(migrated: Application, on_sql: Function) -> None:
    assert call(on_sql, event("GET", ITEMS)).status == 200
    migrated.as_master(*(line.replace("NEW", "'another one'") for line in ROTATE[migrated.engine]))
    value = json.dumps({"username": "app", "password": "another one"})
    boto3.client("secretsmanager").put_secret_value(SecretId=os.environ["TICKETS_SECRET_ARN"], SecretString=value)
    migrated.as_master(KILL[migrated.engine])
    assert call(on_sql, event("GET", ITEMS)).status == 200


def test_no_other_server_is_trusted(on_sql: Function, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    untrusted = {
        "TICKETS_CA_BUNDLE": str(write_certificates(tmp_path)),
        "TICKETS_HOST": "127.0.0.1",
        "TICKETS_PORT": "1",
    }
    for name, value in untrusted.items():
        with monkeypatch.context() as patched:
            patched.setenv(name, value)
            answer = call(on_sql, event("GET", ITEMS))
            assert (answer.status, answer.headers["retry-after"]) == (503, "1"), name
            assert "127.0.0.1" not in str(answer.body)
    assert call(on_sql, event("GET", ITEMS)).status == 200


@pytest.mark.parametrize(("name", "engine"), [("ec2", "postgres"), ("mysql", "mariadb")])
def test_its_own_tests_pass_on_a_database(
    everything: Path, name: str, engine: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(engine)
    user, password = (quote(text) for text in server.master)
    at = f"{user}:{password}@{server.host}:{server.port}"
    urls = {
        "postgres": f"postgresql://{at}/app?sslmode=no-verify",
        "mariadb": f'mysql://{at}?ssl={{"rejectUnauthorized":false}}',
    }
    (folder,) = (everything / name / "functions").iterdir()
    done = own_tests(folder, TEST_DATABASE_URL=urls[engine])
    assert done.returncode == 0, done.stdout
