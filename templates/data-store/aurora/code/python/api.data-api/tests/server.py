"""A real database for the tests, where one can be reached: the Data API has none on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def empty_database(_url: str, _migrations: Path) -> Any:
    """Statements go to the Data API and nowhere else: leave TEST_DATABASE_URL unset."""
    pytest.exit("the Data API is no database that TEST_DATABASE_URL could name: leave it unset")
