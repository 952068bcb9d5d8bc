"""Fixtures that more than one test module uses."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploying import make_project
from support.aws import aws, lambda_variables
from support.emitted import few
from support.engines.cassandra import cassandra
from support.engines.data_api import data_api, data_api_mariadb
from support.engines.influxdb import influxdb
from support.engines.mariadb import mariadb
from support.engines.memcached import memcached
from support.engines.mongodb import mongodb
from support.engines.neptune import neptune
from support.engines.postgres import postgres
from support.engines.valkey import valkey, valkey_cluster, valkey_shards
from support.nodejs import moto_server, node_modules, start
from support.rendered import BLUEPRINTS, TELLING, TEMPLATES, rendered
from support.sql import migrated, sql_server, unmigrated
from support.workplace import workplace
from tierforge.projects import Project

__all__ = [
    "aws",
    "cassandra",
    "data_api",
    "data_api_mariadb",
    "influxdb",
    "lambda_variables",
    "make_project",
    "mariadb",
    "memcached",
    "migrated",
    "mongodb",
    "moto_server",
    "neptune",
    "node_modules",
    "postgres",
    "sql_server",
    "start",
    "unmigrated",
    "valkey",
    "valkey_cluster",
    "valkey_shards",
    "workplace",
]

# What is rendered stays for all tests: looking through it time and again for garbage costs a seventh of the time.
gc.set_threshold(100_000, 50, 100)


def pytest_runtest_teardown() -> None:
    """Commands run in this process leave it without a garbage collector, and every worker grew by gigabytes."""
    gc.enable()


collect_ignore = ["golden"]  # rendered projects, with tests of their own for another folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let recorded output be recorded anew."""
    help_text = "Rewrite tests/golden and tests/errors with what is rendered and said now."
    parser.addoption("--update-golden", action="store_true", help=help_text)


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether recorded output is to be rewritten rather than compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def projects() -> Mapping[str, Project]:
    """Every rendered blueprint of the repository, by name; lint findings: support.rendered.findings."""
    return {name: rendered(name) for name in BLUEPRINTS}


@pytest.fixture(params=list(BLUEPRINTS))
def blueprint_name(request: pytest.FixtureRequest) -> str:
    """The name of each blueprint of the repository in turn."""
    return str(request.param)


@pytest.fixture(params=list(TEMPLATES))
def template_name(request: pytest.FixtureRequest) -> str:
    """The name of each template in turn: that of a blueprint, or of a stack beside its own."""
    return str(request.param)


@pytest.fixture(params=few(TEMPLATES, *TELLING))
def judged_name(request: pytest.FixtureRequest) -> str:
    """The name of each template in turn, for what takes seconds to look at one: see TELLING."""
    return str(request.param)


@pytest.fixture
def rendered_project(blueprint_name: str) -> Project:
    """Each rendered blueprint of the repository in turn."""
    return rendered(blueprint_name)


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder for the command line: compiled templates are kept between tests, not between runs."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def own_home(warm_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the machine's user is read or written: home and caches are elsewhere."""
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(warm_cache))
    return warm_cache
