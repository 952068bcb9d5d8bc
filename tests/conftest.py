"""Fixtures that more than one test module uses."""

from __future__ import annotations

from support.deployed import rendered, stack, start
from support.mariadb import mariadb
from support.postgres import postgres

__all__ = ["mariadb", "postgres", "rendered", "stack", "start"]
