"""Migrations run once each, in order, and users get the rights of their functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Warehouse

from handler import lambda_handler
from migrate import MigrationError, grant, migrate, split


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0002_more.sql").write_text("ALTER TABLE things ADD COLUMN note text;\n")
    (tmp_path / "0001_init.sql").write_text("-- First; of all.\nCREATE TABLE things (id text);\n")
    return tmp_path


def test_files_run_once_in_the_order_of_their_names(server: Warehouse, folder: Path) -> None:
    assert migrate(folder) == ["0001_init.sql", "0002_more.sql"]
    assert migrate(folder) == []


def test_a_file_that_changed_after_it_ran_is_refused(server: Warehouse, folder: Path) -> None:
    migrate(folder)
    (folder / "0001_init.sql").write_text("CREATE TABLE other (id text);\n")
    with pytest.raises(MigrationError, match=r"0001_init\.sql has changed"):
        migrate(folder)


def test_a_file_that_fails_leaves_nothing_behind(server: Warehouse, folder: Path) -> None:
    script = "CREATE TABLE more (id text);\nINSERT INTO missing VALUES (1);\n"
    (folder / "0003_bad.sql").write_text(script)
    for _ in range(2):
        with pytest.raises(MigrationError, match="no such table: missing"):
            migrate(folder)


def test_statements_are_told_apart_by_the_ends_of_lines() -> None:
    script = "-- one;\nINSERT INTO t VALUES ('a;b');\n\nDROP TABLE t\n    CASCADE;"
    assert split(script) == ["INSERT INTO t VALUES ('a;b')", "DROP TABLE t\n    CASCADE"]


def test_a_user_gets_the_rights_of_its_function_and_no_others(server: Warehouse) -> None:
    grants = [("reader", "things", ["SELECT"]), ("writer", "things", ["INSERT", "SELECT"])]
    assert grant(grants) == ["IAMR:reader", "IAMR:writer"]
    told = [statement for statement in server.told if "reader" in statement]
    assert told == [
        'CREATE USER "IAMR:reader" PASSWORD DISABLE',
        'REVOKE ALL ON "things" FROM "IAMR:reader"',
        'REVOKE ALL ON "things_gate" FROM "IAMR:reader"',
        'GRANT SELECT ON "things" TO "IAMR:reader"',
    ]
    assert 'GRANT UPDATE ON "things_gate" TO "IAMR:writer"' in server.told


@pytest.mark.parametrize("event", [{"anything": 1}, {"step": "createSecret"}])
def test_other_events_are_refused(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="empty object"):
        lambda_handler(event, None)
