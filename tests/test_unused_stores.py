"""A data store that nobody uses yet, or only routes that are not built yet, renders like any other."""

from __future__ import annotations

import pytest
import yaml

from support.catalog import CATALOG
from support.guarantees import guarantees
from tierforge.blueprint.source import parse
from tierforge.projects import Project, project_of

STORES = [name for name, component in CATALOG.of("data-store").items() if "ended" not in component.data]
ENGINES = {"rds": "postgres", "aurora": "postgres"}


def project(store: str, resource: dict[str, object]) -> Project:
    """What is rendered of a resource, and of a data store of this type beside a table."""
    spare = {"type": store, **({"engine": ENGINES[store]} if store in ENGINES else {})}
    said = {
        "name": "unused",
        "pattern": "mobile-backend",
        "auth": "cognito",
        "resources": {"tickets": resource},
        "data_stores": {"tickets": {"type": "dynamodb"}, "spare": spare},
        "observability": {"alarms": {"email": "someone@example.com"}, "dashboard": True},
    }
    source = parse("app.yaml", yaml.safe_dump(said, sort_keys=False))
    return project_of(source, CATALOG, cached=False, linted=False)


@pytest.mark.parametrize("store", STORES)
def test_a_store_that_nobody_uses(store: str) -> None:
    assert project(store, {"operations": ["read"], "data_store": "tickets"}).template.text


@pytest.mark.parametrize("store", STORES)
def test_a_store_of_routes_that_are_not_built_yet(store: str) -> None:
    made = project(store, {"routes": ["POST /tickets/sum"], "data_store": "spare"})
    assert list(guarantees(made.template.data, made)) == []
    statements = [
        statement
        for role in made.template.data["Resources"].values()
        if role["Type"] == "AWS::IAM::Role"
        for policy in role["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert all(statement["Action"] for statement in statements)
