"""Folders added to a copy of the components: a data store, a pattern and a profile, and no line of Python for them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from support.emitted import few
from support.handlers import pytest_in
from tierforge.blueprint.schema import published
from tierforge.components import Catalog, bundled
from tierforge.diagnostics import BlueprintError
from tierforge.pipeline import application
from tierforge.project.write import write
from tierforge.projects import Project
from tierforge.template.strict import findings

FOLDERS = Path(__file__).parent / "extending"

WITH_STORE = """\
name: photo-albums
pattern: mobile-backend
resources:
  albums: {operations: [list, create, read, update, delete], data_store: albums, owner: true}
  covers: {operations: [read], data_store: [pictures, albums]}
data_stores:
  albums:   {type: bucket, archive_days: 30}
  pictures: {type: bucket}
observability: {alarms: {email: someone@example.com}}
"""
WITH_PATTERN = """\
name: letter-box
pattern: drop-box
profile: sandbox
resources:
  letters: {operations: [create, read], data_store: letters}
data_stores:
  letters: {type: bucket}
"""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """tierforge's own components and the added ones, in one copied folder."""
    root = tmp_path_factory.mktemp("components") / "templates"
    shutil.copytree(bundled("templates"), root)
    shutil.copytree(FOLDERS, root, dirs_exist_ok=True)
    return Catalog(root)


def rendered(blueprint: str, catalog: Catalog, folder: Path) -> Project:
    """The project, written to `folder`; linting it would have raised for an error."""
    path = folder / "app.yaml"
    path.write_text(blueprint, encoding="utf-8")
    made = application(str(path), catalog, cached=False)
    write(folder, made.files, {})
    return made.projects[0]


def resources(made: Project) -> dict[str, Any]:
    found: dict[str, Any] = made.template.data["Resources"]
    return found


@pytest.fixture(scope="module")
def albums(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    folder = tmp_path_factory.mktemp("albums")
    return rendered(WITH_STORE, catalog, folder), folder


def test_a_data_store_is_a_folder(albums: tuple[Project, Path]) -> None:
    made = albums[0]
    assert [note for note in made.notes if note.code or note.severity == "warning"] == []
    assert findings(made.template, made.blueprint) == []
    bucket = resources(made)["AlbumsBucket"]
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rules[0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert bucket["Properties"]["Tags"] == [{"Key": "Application", "Value": "photo-albums"}]
    assert bucket["Metadata"]["checkov"]["skip"][0]["id"] == "CKV_AWS_18"
    variables = resources(made)["AlbumsFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["ALBUMS_BUCKET_NAME"] == {"Ref": "AlbumsBucket"}
    assert "AlbumsBucketName" in made.template.data["Outputs"]


def test_its_permissions_follow_the_operations(albums: tuple[Project, Path]) -> None:
    assert _actions(albums[0], "AlbumsRole", "UseAlbumsBucket") == ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    assert _actions(albums[0], "CoversRole", "UseAlbumsBucket") == ["s3:GetObject"]


def _actions(made: Project, role: str, sid: str) -> Any:
    policies = resources(made)[role]["Properties"]["Policies"]
    (found,) = (said["Action"] for said in policies[0]["PolicyDocument"]["Statement"] if said["Sid"] == sid)
    return found


def test_a_store_without_code_in_the_language_is_told_at_its_resource(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(BlueprintError) as told:
        rendered(WITH_STORE + "runtime: nodejs24.x\n", catalog, tmp_path)
    (first, *_) = told.value.diagnostics
    assert first.message == "the data store 'albums' has no nodejs code for functions of kind api"
    assert (first.span.line, first.hint) == (4, "choose another `runtime`")


@pytest.mark.parametrize("function", few(["albums", "covers"], "albums"))
def test_its_code_passes_the_tests_that_every_handler_has(albums: tuple[Project, Path], function: str) -> None:
    done = pytest_in(albums[1] / "functions" / function)
    assert done.returncode == 0, done.stdout


def test_what_stays_of_it_is_in_the_readme(albums: tuple[Project, Path]) -> None:
    readme = (albums[1] / "README.md").read_text(encoding="utf-8")
    assert "AlbumsBucket" in readme


def test_editors_and_the_command_line_know_it(catalog: Catalog) -> None:
    said = str(published(catalog))
    assert "archive_days" in said
    assert {"bucket", "drop-box", "sandbox"} <= {component.name for component in catalog.all()}


def test_a_pattern_and_a_profile_are_folders(catalog: Catalog, tmp_path: Path) -> None:
    made = rendered(WITH_PATTERN, catalog, tmp_path)
    assert made.template.data["Description"] == "letter-box: An API that takes things in and keeps them."
    methods = [said for said in resources(made).values() if said["Type"] == "AWS::ApiGateway::Method"]
    assert {said["Properties"]["AuthorizationType"] for said in methods} == {"NONE"}
    types = {said["Type"] for said in resources(made).values()}
    assert not any(kind.startswith(("AWS::Cognito", "AWS::WAFv2", "AWS::CloudWatch")) for kind in types)
    groups = [said["Properties"] for said in resources(made).values() if said["Type"] == "AWS::Logs::LogGroup"]
    assert {group["RetentionInDays"] for group in groups} == {1}
    assert resources(made)["LettersBucket"]["DeletionPolicy"] == "RetainExceptOnCreate"
