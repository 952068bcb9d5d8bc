"""Fixtures that more than one test module uses."""

from __future__ import annotations

from support.aws import aws, lambda_variables
from support.mariadb import mariadb
from support.postgres import postgres
from support.sql import migrated, sql_server, unmigrated

__all__ = ["aws", "lambda_variables", "mariadb", "migrated", "postgres", "sql_server", "unmigrated"]
