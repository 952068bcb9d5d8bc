"""Rendered projects are byte for byte the recorded ones; `pytest --update-golden` records anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from support.catalog import CATALOG
from support.command import Command
from support.rendered import (
    BELOW,
    BESIDE,
    BLUEPRINTS,
    GOLDEN,
    PATTERN_FILES,
    TELLING,
    TEMPLATES,
    VARIANTS,
    findings,
    rendered,
)
from tierforge.projects import Project

TEMPLATE = "template.yaml"
WAREHOUSE = "a warehouse answers questions over many rows; each single item costs it a statement of about a second"
CLOSED = (
    "AWS has closed Timestream for LiveAnalytics to new customers and adds nothing to it: in an account that did not "
    "use it before 2025-06-20, the deploy fails"
)
OTHER_ORIGIN = "come from an origin of their own, which the API does not let call"
KNOWN = {
    "all-stores": {WAREHOUSE},
    "amplify": {f"pages of further branches {OTHER_ORIGIN}", f"previews {OTHER_ORIGIN}"},
    "existing-clusters": {CLOSED},
    "live-measurements": {CLOSED},
    "single-page-app": {"the page has no client id, and https://login.example.com/ signs nobody in without one"},
    "warehouses": {WAREHOUSE},
    "web-app": {"any signed-in user can change any item of 'reviews'"},
}


def contents(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Every file below `folder`, by path: its bytes, and whether it can be executed."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.usefixtures("own_home")
@pytest.mark.parametrize("name", PATTERN_FILES)
def test_a_pattern_renders_the_recorded_project(
    name: str, update_golden: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tierforge = Command(capsys)
    options = ["--blueprint", str(PATTERN_FILES[name]), "--out", str(tmp_path), "--no-lint", "--quiet"]
    assert tierforge("render", *options).code == 0
    if update_golden:
        shutil.rmtree(GOLDEN / name, ignore_errors=True)
        shutil.copytree(tmp_path, GOLDEN / name)
    assert contents(tmp_path) == contents(GOLDEN / name)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_renders_the_recorded_template(name: str, update_golden: bool) -> None:
    made = {"": rendered(name), **{each.blueprint.member: each for each in rendered(name).companions}}
    for member, project in made.items():
        recorded = GOLDEN / name / member / TEMPLATE
        if update_golden:
            recorded.parent.mkdir(parents=True, exist_ok=True)
            recorded.write_bytes(project.template.text.encode())
        assert project.template.text.encode() == recorded.read_bytes()


def test_stacks_beside_those_of_blueprints_are_recorded() -> None:
    made = {f"{name}{BELOW}{each.blueprint.member}" for name in BLUEPRINTS for each in rendered(name).companions}
    assert made == set(BESIDE)


def test_no_recorded_project_is_without_a_blueprint() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {*VARIANTS, *PATTERN_FILES}


def test_cfn_lint_finds_nothing_at_any_level(judged_name: str) -> None:
    assert findings(judged_name) == ()


def test_what_is_judged_every_time_says_whatever_any_template_says() -> None:
    assert said_in(TEMPLATES) - said_in(TELLING) == set()


def said_in(names: Iterable[str]) -> set[tuple[str, str, str]]:
    """The properties, and what stands beside these, of each type of resource in the templates `names`."""
    resources = [resource for name in names for resource in rendered(name).template.data["Resources"].values()]
    return {
        (resource["Type"], attribute, inner)
        for resource in resources
        for attribute, said in resource.items()
        for inner in (said if attribute == "Properties" else [""])
    }


def test_no_blueprint_is_warned_of(blueprint_name: str, rendered_project: Project) -> None:
    """But of what nobody can ask for without it, such as what a store is not made for."""
    notes = {note.message for note in rendered_project.notes if note.severity != "info"}
    assert notes == KNOWN.get(blueprint_name, set())


def test_every_component_is_part_of_a_recorded_project() -> None:
    """A component that no blueprint uses would be proven by nothing."""
    used = {str(component) for name in BLUEPRINTS for component in components_of(rendered(name))}
    assert used == {str(component) for component in CATALOG.all() if not {"ended", "abstract"} & {*component.data}}


def test_all_stores_stand_in_one_stack() -> None:
    stores = {store.component.name for store in rendered("all-stores").stack.stores}
    assert stores == {
        component.name for component in CATALOG.of("data-store").values() if "ended" not in component.data
    }


def components_of(project: Project) -> list[object]:
    stack = project.stack
    profile = CATALOG.get("profile", project.blueprint.profile)
    level = CATALOG.get("security-level", project.blueprint.data["security"]["level"])
    hosting = CATALOG.get("presentation", project.blueprint.data["presentation"]["hosting"])
    return [profile, level, hosting, *(part.component for part in stack.parts), *uses_of(project)]


def uses_of(project: Project) -> list[object]:
    return [use.part.component for part in project.stack.parts for use in part.uses]
