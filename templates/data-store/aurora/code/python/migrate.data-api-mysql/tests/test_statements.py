"""A script falls into the statements that MySQL would read in it."""

from __future__ import annotations

import pytest

import statements


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("CREATE TABLE a (id int);\nCREATE TABLE b (id int);\n", 2),
        ("SELECT 1", 1),
        (";;  ;\n-- nothing;\n# nothing;\n--\n", 0),
        ("INSERT INTO a VALUES ('one; ''two''; three');", 1),
        ("INSERT INTO a VALUES ('it\\'s; one', \"it\\\"s; one\");", 1),
        ("CREATE TABLE `a;b` (id int);", 1),
        ("/* one; two */ SELECT 1; -- and; more\nSELECT 2--1;", 2),
        ("SELECT /*+ MAX_EXECUTION_TIME(9) */ 1; /*!80000 SELECT 2 */;", 2),
    ],
)
def test_semicolons_end_statements_where_they_stand_alone(script: str, found: int) -> None:
    assert len(list(statements.split(script))) == found
