"""Functions on Redshift: what the store doesn't enforce they keep all the same, and no one does more than it is for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.contract.application import project_with, write
from support.contract.stores import STORES
from support.engines.redshift import ADMIN_SECRET, DATABASE, WORKGROUP, DataApi, as_postgres, data_api
from support.handlers import load, pytest_in
from support.nodejs import Start
from support.requests import call, event
from support.servers import Server
from support.tidy import untidy

ANN = {"owner": "ann"}
RIGHTS = '["INSERT", "SELECT"]'  # of a function that creates and reads


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("redshift")
    write(project_with(STORES["redshift"]), folder)
    return folder / "functions"


@pytest.fixture
def api(postgres: Server, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataApi]:
    """The Data API, with the tables and the user of a function that creates and reads."""
    with data_api(postgres) as made:
        said = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "KEPT_WORKGROUP": WORKGROUP,
            "KEPT_DATABASE": DATABASE,
            "KEPT_ADMIN_SECRET": ADMIN_SECRET,
            "KEPT_GRANTS": f'[["{made.role}", "notes", {RIGHTS}]]',
        }
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        (handler,) = load(project / "kept-migrate", "handler")
        assert handler.lambda_handler({}, None) == {"applied": ["0001_init.sql"], "users": [f"IAMR:{made.role}"]}
        yield made


@pytest.fixture
def modules(project: Path, api: DataApi) -> dict[str, ModuleType]:
    names = ("repository", "warehouse", "errors")
    return dict(zip(names, load(project / "notes", *names), strict=True))


def test_of_two_creates_at_the_same_moment_one_makes_the_item(api: DataApi, modules: dict[str, ModuleType]) -> None:
    """The second one looks once the first has committed. There is no key that would refuse it."""
    repository, errors = modules["repository"], modules["errors"]
    first = {"owner": "ann", "id": "same", "data": "{}", "etag": "0" * 16, "updated_at": "2026-01-31 12:00:00.000"}
    with ThreadPoolExecutor(1) as threads, api.connect() as connection:
        for statement in (repository.LOCK, repository.CREATE):
            connection.execute(as_postgres(statement).encode(), first)
        second = threads.submit(repository.create, ANN, "same", {})
        while not second.done() and not connection.execute(b"SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            pass
        connection.commit()
        with pytest.raises(errors.Exists) as refused:
            second.result()
        assert refused.value.item["etag"] == first["etag"]
        assert connection.execute(b"SELECT COUNT(*) FROM notes").fetchone() == (1,)


def test_who_reads_does_not_wait_for_who_creates(api: DataApi, modules: dict[str, ModuleType]) -> None:
    modules["repository"].create(ANN, "one", {})
    with api.connect() as connection:
        connection.execute(as_postgres(modules["repository"].LOCK).encode())
        assert modules["repository"].read(ANN, "one")["id"] == "one"


def test_the_functions_user_does_what_its_function_does_and_no_more(modules: dict[str, ModuleType]) -> None:
    modules["repository"].create(ANN, "one", {})
    for statement in ('DELETE FROM "notes"', 'SELECT * FROM "schema_migrations"', 'CREATE TABLE "more" ("id" int)'):
        with pytest.raises(RuntimeError, match="permission denied"):
            modules["warehouse"].run(statement, {})
    with pytest.raises(RuntimeError, match="permission denied"):
        modules["repository"].delete(ANN, "one")


def test_a_statement_that_takes_too_long_is_cancelled(api: DataApi, modules: dict[str, ModuleType]) -> None:
    api.slow = True
    for ask in (lambda: modules["repository"].read(ANN, "one"), lambda: modules["repository"].create(ANN, "one", {})):
        with pytest.raises(modules["errors"].Unavailable):
            ask()
    assert len(api.cancelled) == 2


def test_functions_in_nodejs_refuse_and_give_up_too(api: DataApi, tmp_path: Path, start: Start) -> None:
    write(project_with(STORES["redshift-nodejs"]), tmp_path)
    function = start(tmp_path / "functions/notes")
    assert call(function, event("POST", "/notes", body={"note": "x" * 60_000})).status == 400
    api.slow = True
    assert call(function, event("GET", "/notes")).status == 503
    assert len(api.cancelled) == 1


def test_what_a_row_can_not_hold_is_refused(modules: dict[str, ModuleType]) -> None:
    for scope, fields in ((ANN, {"note": "x" * 60_000}), ({"owner": "x" * 256}, {})):
        with pytest.raises(modules["errors"].InvalidRequest):
            modules["repository"].create(scope, "one", fields)


def test_migrations_that_ran_do_not_run_again(api: DataApi, project: Path) -> None:
    (handler,) = load(project / "kept-migrate", "handler")
    result: dict[str, Any] = handler.lambda_handler({}, None)
    assert result["applied"] == []


def test_its_code_is_tidy_and_its_own_tests_pass_offline(project: Path) -> None:
    assert untidy(*project.iterdir()) == ""
    for folder in project.iterdir():
        done = pytest_in(folder)
        assert done.returncode == 0, done.stdout
