"""Fixtures that more than one test module uses."""

from __future__ import annotations

from support.mariadb import mariadb
from support.postgres import postgres

__all__ = ["mariadb", "postgres"]
