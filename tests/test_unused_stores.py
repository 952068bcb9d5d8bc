"""A data store that nobody uses yet renders like any other: it is warned of, and no more."""

from __future__ import annotations

import pytest
import yaml

from tierforge.blueprint.source import parse
from tierforge.components import Catalog
from tierforge.pipeline import project_of

CATALOG = Catalog()
STORES = [name for name, component in CATALOG.of("data-store").items() if "ended" not in component.data]
ENGINES = {"rds": "postgres", "aurora": "postgres"}


@pytest.mark.parametrize("store", STORES)
def test_a_store_that_nobody_uses(store: str) -> None:
    said = {
        "name": "unused",
        "pattern": "mobile-backend",
        "auth": "cognito",
        "resources": {"tickets": {"operations": ["read"], "data_store": "tickets"}},
        "data_stores": {"tickets": {"type": "dynamodb"}, "spare": {"type": store}},
        "observability": {"alarms": {"email": "someone@example.com"}, "dashboard": True},
    }
    if store in ENGINES:
        said["data_stores"]["spare"]["engine"] = ENGINES[store]
    source = parse("app.yaml", yaml.safe_dump(said, sort_keys=False))
    assert project_of(source, CATALOG, cached=False, linted=False).template.text
