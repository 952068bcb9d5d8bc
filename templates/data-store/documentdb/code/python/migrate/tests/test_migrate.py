"""Migrations run once each, in order, as the master user, and what has run must not change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Server

from handler import lambda_handler
from migrate import MigrationError, migrate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0002_more.json").write_text('[{"createIndexes": "things", "indexes": []}]')
    (tmp_path / "0001_init.json").write_text('[{"create": "things"}]')
    return tmp_path


def test_files_run_once_in_the_order_of_their_names(
    server: Server, secrets: dict[str, str], folder: Path
) -> None:
    assert migrate(folder) == ["0001_init.json", "0002_more.json"]
    assert migrate(folder) == []
    assert server.signed_in == [("root", "first-root")] * 2
    assert [next(iter(command)) for command in server.commands] == ["create", "createIndexes"]


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
    (folder / "0001_init.json").write_text("[]")
    with pytest.raises(MigrationError, match=r"0001_init\.json has changed"):
        migrate(folder)


def test_a_file_that_failed_may_run_again(
    server: Server, secrets: dict[str, str], folder: Path
) -> None:
    (folder / "0002_more.json").write_text("no JSON")
    with pytest.raises(MigrationError, match=r"0002_more\.json could not be applied"):
        migrate(folder)
    (folder / "0002_more.json").write_text("[]")
    assert migrate(folder) == ["0002_more.json"]


def test_a_run_that_broke_off_is_told_of(
    server: Server, secrets: dict[str, str], folder: Path
) -> None:
    migrate(folder)
    server.database["schema_migrations"].update_many({}, {"$set": {"applied": None}})
    with pytest.raises(MigrationError, match="broke off"):
        migrate(folder)


@pytest.mark.parametrize("event", [{"anything": 1}, {"step": "createSecret"}])
def test_other_events_are_refused(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="empty object"):
        lambda_handler(event, None)
