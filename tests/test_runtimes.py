"""Languages of functions: what a project has of each, and which one is taken where a component lacks the asked one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.catalog import CATALOG
from support.rendered import BLUEPRINTS, variant
from tierforge.blueprint.source import load
from tierforge.pipeline import application
from tierforge.project.starter import Starter, runtimes, write_starter
from tierforge.projects import Project, project_of


def texts(project: Project) -> dict[str, str]:
    return {file.path: file.text for file in project.files}


def readme_of(name: str) -> str:
    made = application(str(BLUEPRINTS[name]), cached=False, linted=False)
    return next(file.text for file in made.documents if file.path == "README.md")


@pytest.fixture(scope="module")
def orders() -> Project:
    return variant("nodejs-http")


def test_a_new_blueprint_takes_any_runtime(tmp_path: Path) -> None:
    assert runtimes()[0] == "python3.14"
    wanted = Starter("mobile-backend", tmp_path, name="shop", runtime="nodejs22.x")
    path, _ = write_starter(wanted)
    made = project_of(load(str(path)), CATALOG, cached=False, linted=False)
    assert {f.identifier for f in made.stack.functions if f.kind == "api"} == {"nodejs22.x"}


def test_lambda_is_told_the_handler_of_the_language(orders: Project) -> None:
    said = {r["Properties"]["Runtime"]: r["Properties"]["Handler"] for r in functions(orders)}
    assert said == {
        "nodejs22.x": "handler.handler",
        "nodejs24.x": "handler.handler",
        "python3.14": "handler.lambda_handler",
    }


def functions(project: Project) -> list[Any]:
    resources = project.template.data["Resources"].values()
    return [resource for resource in resources if resource["Type"] == "AWS::Lambda::Function"]


def test_what_a_store_brings_along_is_made_in_a_language_that_it_has(orders: Project) -> None:
    assert {"functions/orders/handler.mjs", "functions/orders-migrate/handler.py"} <= texts(orders).keys()
    readme = readme_of("nodejs-http")
    note = "`functions/orders-migrate/` is written in Python and runs on python3.14: there is no code for nodejs22.x"
    assert note in readme
    assert "is written in" not in readme_of("objects")


def test_the_readme_tests_and_packages_each_language_in_its_way() -> None:
    readme = readme_of("nodejs-http")
    assert "(cd functions/orders && npm install && npm test)" in readme
    assert "(cd functions/orders-migrate && pip install -r requirements-dev.txt && python -m pytest)" in readme
    assert "tierforge, curl, Node.js with npm, pip, and credentials" in readme
    assert "| the registry has no such package or version |" in readme


def test_the_base_image_is_that_of_the_runtime() -> None:
    files = texts(variant("nodejs", package="image"))
    dockerfile = files["functions/tickets/Dockerfile"]
    assert "FROM public.ecr.aws/lambda/nodejs:24\n" in dockerfile
    assert 'CMD ["handler.handler"]' in dockerfile
    assert "**/node_modules\n" in files["functions/tickets/.dockerignore"]
