"""Migrations run once each, in order, as the master user, and what has run must not change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Server

import secret_values
from handler import lambda_handler
from migrate import MigrationError, migrate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0002_more.sql").write_text("ALTER TABLE things ADD COLUMN note text;")
    (tmp_path / "0001_init.sql").write_text("CREATE TABLE things (id text PRIMARY KEY);")
    return tmp_path


def test_files_run_once_in_the_order_of_their_names(
    server: Server, secrets: dict[str, str], folder: Path
) -> None:
    assert migrate(folder) == ["0001_init.sql", "0002_more.sql"]
    assert migrate(folder) == []
    assert [name for name, *_ in server.signed_in] == [secret_values.master()[0]] * 2


def test_the_application_gets_its_user_again_at_every_run(
    server: Server, secrets: dict[str, str], folder: Path
) -> None:
    migrate(folder)
    migrate(folder)
    assert len(server.users) == 2


def test_a_file_that_changed_after_it_ran_is_refused(
    server: Server, secrets: dict[str, str], folder: Path
) -> None:
    migrate(folder)
    (folder / "0001_init.sql").write_text("CREATE TABLE other (id text);")
    with pytest.raises(MigrationError, match=r"0001_init\.sql has changed"):
        migrate(folder)


def test_line_ends_of_another_system_are_no_change(
    server: Server, secrets: dict[str, str], folder: Path
) -> None:
    (folder / "0001_init.sql").write_bytes(b"CREATE TABLE things (\n id text);\n")
    migrate(folder)
    (folder / "0001_init.sql").write_bytes(b"CREATE TABLE things (\r\n id text);\r\n")
    assert migrate(folder) == []


@pytest.mark.parametrize("event", [{"anything": 1}, {"step": "createSecret"}])
def test_other_events_are_refused(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="empty object"):
        lambda_handler(event, None)
