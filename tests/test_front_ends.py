"""Pages as they are rendered: what can be said of them without building one. tests/web/ builds and drives them."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.catalog import CATALOG
from support.front_ends import BUILT, SHAPES, page

FRAMEWORKS = list(CATALOG.of("framework"))
EVERY = {name: said for shape in ("described", "nested", "not-listed", "owned") for name, said in SHAPES[shape].items()}
CHECKED = ["--target", "es2022", "--module", "esnext", "--lib", "es2023,dom,dom.iterable", "--types", ""]
HOSTILE = """ends it: </script><script>alert(1)</script> "'`${1}\\"""


@cache
def whole(framework: str) -> dict[str, str]:
    return page(framework, EVERY)


def written(files: dict[str, str], folder: Path) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def compiled(tsc: Path, *arguments: str | Path) -> None:
    done = subprocess.run([tsc, "--noEmit", *CHECKED, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def resources_of(files: dict[str, str]) -> dict[str, Any]:
    """The descriptions of resources as data."""
    said = next(text for path, text in files.items() if re.search(r"(^|/)resources\.[jt]s$", path))
    literal = said[said.index("= [") + 2 : said.rindex("]") + 1]
    quoted = re.sub(r"^( +)(\w+):", r'\1"\2":', literal, flags=re.MULTILINE)
    return {each["name"]: each for each in json.loads(re.sub(r",(?=\s*[}\]])", "", quoted))}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_page_is_made_of_scripts_that_can_be_read(framework: str, node_modules: Path, tmp_path: Path) -> None:
    """Types of packages that are not installed here are left to tests/web; a page without any is checked whole."""
    folder = written(whole(framework), tmp_path)
    scripts = [path for path in folder.rglob("*") if path.suffix in {".ts", ".tsx"}]
    options = ["--noCheck", "--jsx", "react-jsx", "--allowImportingTsExtensions", "--experimentalDecorators"]
    if framework not in BUILT:
        scripts, options = [*folder.rglob("*.js")], ["--allowJs", "--checkJs", "--strict"]
    assert scripts
    compiled(node_modules / ".bin" / "tsc", *options, *scripts)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_page_knows_of_each_resource_how_it_is_called(framework: str) -> None:
    found = resources_of(whole(framework))
    assert list(found) == list(EVERY)
    assert [found[name]["parameters"] for name in ("reviews", "books")] == [["bookId"], []]
    assert found["reviews"]["path"] == "/books/{bookId}/reviews"
    assert found["books"]["id"] == "bookId"
    assert all(each["signIn"] for each in found.values())
    assert resources_of(page(framework, SHAPES["indexed"]))["sales"]["listBy"] == ["state"]


@pytest.mark.parametrize("framework", BUILT)
def test_a_form_has_what_the_blueprint_says_of_bodies(framework: str) -> None:
    found = resources_of(whole(framework))
    fields = {field["name"]: field for field in found["orders"]["fields"]}
    assert {name: field["type"] for name, field in fields.items()} == {
        "title": "text",
        "state": "choice",
        "count": "number",
        "gift": "boolean",
        "lines": "json",
    }
    assert [fields["title"][key] for key in ("label", "required")] == ["What is ordered", True]
    assert [found[name]["open"] for name in ("orders", "tickets")] == [False, True]
    assert found["tickets"]["reserved"] == ["id", "owner", "updatedAt", "etag"]
    assert [found["box-offices"][key] for key in ("title", "singular")] == ["Box offices", "box office"]


@pytest.mark.parametrize("framework", BUILT)
def test_packages_of_a_page_are_pinned(framework: str) -> None:
    package = json.loads(whole(framework)["package.json"])
    versions = package["dependencies"] | package["devDependencies"]
    assert [version for version in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert {"dev", "test", "build"} <= set(package["scripts"])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_text_of_the_blueprint_stays_text_in_a_page(framework: str, node_modules: Path, tmp_path: Path) -> None:
    files = page(framework, {"shows": SHAPES["read-only"]["shows"]}, description=HOSTILE)
    assert "<script>alert" not in files["index.html"]
    folder = written(files, tmp_path)
    scripts = list(folder.rglob("resources.*"))
    compiled(node_modules / ".bin" / "tsc", "--noCheck", "--allowJs", *scripts)
    if framework in BUILT:
        said = re.search(r"description: (\".*\") }", scripts[0].read_text(encoding="utf-8"))
        assert said is not None
        assert json.loads(said[1]) == HOSTILE


def test_a_component_that_others_extend_is_offered_nowhere() -> None:
    assert "web" not in CATALOG.of("framework")
    assert CATALOG.get("framework", "web").data["abstract"]


def test_a_page_stands_where_the_blueprint_says() -> None:
    presentation = {"hosting": "s3-cloudfront", "framework": "none", "source": "front-end"}
    assert page("none", SHAPES["owned"], presentation=presentation) == page("none", SHAPES["owned"])


def test_an_application_without_a_page_has_no_files_of_one() -> None:
    assert page("none", SHAPES["owned"], presentation={"hosting": "none"}) == {}
