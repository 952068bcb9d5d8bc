"""deploy.sh of functions that run from container images: their repository, and what becomes of old images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploying import MISSING, Project, stack
from project_documents import ENVIRONMENTS, FULL, render

IMAGES: dict[str, Any] = {**FULL, "migrations": [], "targets": [{**FULL["targets"][0], "images": True}]}
MIXED: dict[str, Any] = {
    **ENVIRONMENTS,
    "migrations": [],
    "targets": [{**target, "images": target["environment"] == "prod"} for target in ENVIRONMENTS["targets"]],
}
URI = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/tierforge/box-office"
DIGEST = "sha256:" + "a" * 64


def prepared(made: Project, stack_name: str = "box-office") -> Project:
    """A project whose functions all run from images, and whose repository is there."""
    made.program("tierforge", 'aws tierforge "$@"; echo "nothing" >packaged.yaml')
    made.aws.answers(f"describe-stacks tierforge-images-{stack_name}", stack("CREATE_COMPLETE", RepositoryUri=URI))
    made.aws.answers("cloudformation deploy images.yaml", "Successfully created/updated stack")
    made.aws.answers(
        "lambda get-function",
        {"Configuration": {"CodeSha256": "c0de"}, "Code": {"ResolvedImageUri": f"{URI}@{DIGEST}"}},
    )
    made.aws.answers("ecr batch-delete-image", {})
    return made


@pytest.fixture
def project(make_project: Callable[[dict[str, Any]], Project]) -> Project:
    return prepared(make_project(IMAGES))


def versions(project: Project, *hashes: str) -> None:
    """Versions 1 and up of the tickets function, by the hash of their code; the oldest is one too many."""
    said = [{"Version": str(n), "CodeSha256": code} for n, code in enumerate(hashes, 1)]
    left = said[1:]
    project.aws.answers("lambda list-versions-by-function tickets-fn", {"Versions": said}, {"Versions": left})


def test_images_go_to_the_repository_of_the_stack(project: Project) -> None:
    said = project.deploy("--yes")
    assert f"Images go to {URI}" in said
    assert project.calls("tierforge") == [f"tierforge package --repository {URI}"]
    assert not project.calls("s3", "cp")  # no function has a zip
    assert not project.calls("images.yaml")
    assert project.calls("execute-change-set")


def test_a_missing_repository_is_made_before_the_first_image(project: Project) -> None:
    there = stack("CREATE_COMPLETE", RepositoryUri=URI)
    project.aws.answers("describe-stacks tierforge-images-box-office", MISSING, MISSING, there)
    project.deploy("--yes")
    (made,) = project.calls("images.yaml")
    assert "--stack-name tierforge-images-box-office --parameter-overrides ApplicationStack=box-office" in made
    steps = [call.split()[0] + " " + call.split()[1] for call in project.aws.calls]
    assert steps.index("cloudformation deploy") < steps.index("tierforge package")


def test_nothing_is_deployed_without_a_repository(project: Project) -> None:
    project.aws.answers("describe-stacks tierforge-images-box-office", MISSING)
    said = project.deploy(answer="n\n", code=1)
    assert "functions can't be deployed without tierforge-images-box-office" in said
    assert not project.calls("tierforge")


def test_the_image_of_a_version_goes_with_it(project: Project) -> None:
    versions(project, "c0de", "b", "c", "d", "e", "f")
    said = project.deploy("--yes")
    assert project.calls("delete-function") == ["lambda delete-function --function-name tickets-fn --qualifier 1"]
    assert project.calls("batch-delete-image") == [
        f"ecr batch-delete-image --repository-name tierforge/box-office --image-ids imageDigest={DIGEST}"
    ]
    assert f"and its image {DIGEST}" in said


def test_an_image_that_another_version_runs_is_kept(project: Project) -> None:
    versions(project, "c0de", "b", "c", "d", "e", "c0de")
    project.deploy("--yes")
    assert project.calls("delete-function")
    assert not project.calls("batch-delete-image")


def test_the_image_of_a_version_that_stays_is_kept(project: Project) -> None:
    versions(project, "c0de", "b", "c", "d", "e", "f")
    project.aws.answers("lambda delete-function", Exception("ResourceConflictException: in use"))
    assert "is kept: AWS does not let it go yet" in project.deploy("--yes")
    assert not project.calls("batch-delete-image")


def test_a_version_from_a_zip_has_no_image(project: Project) -> None:
    versions(project, "c0de", "b", "c", "d", "e", "f")
    project.aws.answers("lambda get-function", {"Configuration": {"CodeSha256": "c0de"}, "Code": {}})
    project.deploy("--yes")
    assert project.calls("delete-function")
    assert not project.calls("batch-delete-image")


def test_an_environment_of_zips_needs_no_repository(make_project: Callable[[dict[str, Any]], Project]) -> None:
    made = make_project(MIXED)
    made.aws.answers("cloudformation deploy box-office-dev", "\nNo changes to deploy. Stack is up to date\n")
    made.aws.answers("describe-stacks box-office-dev", stack("UPDATE_COMPLETE", **made.outputs))
    made.program(
        "tierforge",
        'aws tierforge "$@"; mkdir -p environments/dev build/tickets; touch build/tickets/0.zip',
        "echo box-office/tickets/0.zip >environments/dev/packaged.yaml",
    )
    made.deploy("dev", "--yes")
    assert made.calls("tierforge") == ["tierforge package --env dev"]
    assert not [call for call in made.aws.calls if "tierforge-images" in call]


def test_the_readme_tells_of_the_images() -> None:
    text = render("README.md.j2", IMAGES)
    assert "| `images.yaml` |" in text
    assert "Docker, Finch or Podman" in text
    assert "aws ecr delete-repository --force --repository-name tierforge/box-office" in text
    assert "Docker" not in render("README.md.j2", FULL)
