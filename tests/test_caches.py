"""Every store that can hold a resource's items has every cache before it: the template is clean, the code tidy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.emitted import few
from support.guarantees import guarantees
from support.handlers import put, pytest_in
from support.rendered import rendered as blueprint_of
from support.tidy import untidy
from tierforge.blueprint.source import parse
from tierforge.components import facts
from tierforge.diagnostics import BlueprintError
from tierforge.projects import Project, lint_faults, project_of

STORES = CATALOG.of("data-store")
# What can't be left out where a store is declared; the first of each choice.
SAID: dict[str, dict[str, Any]] = {"rds": {"engine": "postgres"}, "aurora": {"engine": "postgres"}}
CACHES: dict[str, dict[str, Any]] = {
    "valkey": {"type": "elasticache"},
    "nodes": {"type": "elasticache", "serverless": False, "credentials": "secret"},
    "redis": {"type": "elasticache", "engine": "redis"},
    "memcached": {"type": "elasticache", "engine": "memcached", "serverless": False},
}


def fact_of(name: str, fact: str) -> Any:
    """What a store says of itself where a blueprint says no more than it has to."""
    defaults = {option: schema.get("default") for option, schema in STORES[name].data.get("options", {}).items()}
    return facts(STORES[name], {**defaults, **SAID.get(name, {})}).get(fact)


IN_MEMORY = [name for name in STORES if fact_of(name, "in_memory")]
KEEPING = [
    name
    for name, store in STORES.items()
    if name not in IN_MEMORY and any("python/api" in file for file in store.files)
]
OUTSIDE = [name for name in KEEPING if fact_of(name, "outside")]
HOLDING = [name for name in KEEPING if name not in OUTSIDE]


@cache
def rendered(store: str) -> Project:
    """One blueprint a store, with a resource for each cache; one function serves them all."""
    unable = fact_of(store, "unable") or {}
    operations = [operation for operation in ("list", "read", "update") if operation not in unable]
    said = {
        "name": "pairs",
        "pattern": "mobile-backend",
        "granularity": "per-api",
        "api": {"waf": False},
        "resources": {name: {"operations": operations, "data_store": "kept", "cache": name} for name in CACHES},
        "data_stores": {"kept": {"type": store, **SAID.get(store, {})}, **CACHES},
    }
    return project_of(parse("app.yaml", yaml.safe_dump(said, sort_keys=False)), CATALOG, cached=False, linted=False)


@pytest.mark.parametrize("store", OUTSIDE)
def test_a_store_that_no_vpc_reaches_has_no_cache_which_stands_in_one(store: str) -> None:
    with pytest.raises(BlueprintError) as refused:
        rendered(store)
    assert {found.message for found in refused.value.diagnostics if "is in a VPC" in found.message}


@pytest.mark.parametrize("store", HOLDING)
def test_every_store_has_every_cache_before_it(store: str, tmp_path: Path) -> None:
    made = rendered(store)
    assert list(guarantees(made.template.data, made)) == []
    for file in made.files:
        if file.path.startswith("functions/api/"):
            put(tmp_path / file.path, file.text)
    home = tmp_path / "functions/api"
    assert untidy(home) == ""
    for name in CACHES:
        folder = home / "resources" / name
        assert "import cached as repository" in (folder / "service.py").read_text()
        assert {"cached.py", "cache.py", "repository.py"} <= {path.name for path in folder.glob("*.py")}


@pytest.mark.slow
@pytest.mark.parametrize("store", HOLDING)
def test_the_linter_finds_nothing_in_any_pair(store: str) -> None:
    made = rendered(store)
    assert lint_faults(made.template, made.blueprint, cached=False) == []


def test_caches_are_before_stores_and_not_before_caches() -> None:
    assert HOLDING
    caches = [name for name in STORES if fact_of(name, "cache")]
    assert {said["type"] for said in CACHES.values()} == set(caches) < set(IN_MEMORY)
    for store in IN_MEMORY:
        with pytest.raises(BlueprintError) as refused:
            rendered(store)
        assert "keeps the items of 'valkey' in memory" in str([d.message for d in refused.value.diagnostics])


@pytest.mark.parametrize("name", few(["shows", "sessions", "carts", "nodes-rotate"], "shows"))
def test_the_functions_own_tests_pass_offline(name: str, tmp_path: Path) -> None:
    files = blueprint_of("caches").files
    for file in files:
        if file.path.startswith(f"functions/{name}/"):
            put(tmp_path / file.path, file.text)
    done = pytest_in(tmp_path / "functions" / name)
    assert done.returncode == 0, done.stdout


def test_a_function_for_each_method_has_what_it_needs_and_no_more(tmp_path: Path) -> None:
    """Code for one operation alone: the imports are those of it."""
    operations = ["list", "create", "read", "update", "delete"]
    kept = {"operations": operations, "owner": True}
    said = {
        "name": "methods",
        "pattern": "mobile-backend",
        "auth": "cognito",
        "granularity": "per-method",
        "resources": {
            "shows": {**kept, "data_store": "shows", "cache": "fast"},
            "sessions": {**kept, "data_store": "sessions"},
            "carts": {**kept, "operations": operations[1:], "data_store": "carts"},
        },
        "data_stores": {
            "shows": {"type": "dynamodb"},
            "fast": {"type": "elasticache"},
            "sessions": {"type": "elasticache", "ttl_seconds": 60},
            "carts": {"type": "elasticache", "engine": "memcached", "ttl_seconds": 60},
        },
    }
    made = project_of(parse("app.yaml", yaml.safe_dump(said, sort_keys=False)), CATALOG, cached=False, linted=False)
    for file in made.files:
        if file.path.startswith("functions/"):
            put(tmp_path / file.path, file.text)
    assert untidy(*(tmp_path / "functions").iterdir()) == ""
