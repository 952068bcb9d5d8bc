"""Functions from container images: what is built and pushed, what a deployment serves, what is told if it can't be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from container_stub import Containers
from support.cloudformation import Stack
from support.workplace import ALIAS, BLUEPRINT, FUNCTION, Workplace, merged, read
from tierforge.template.lint import lint

IMAGES = BLUEPRINT + "package: image\n"
URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tierforge/box-office"
TO = ("--repository", URI)


@pytest.fixture
def containers(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Containers:
    made = Containers(tmp_path_factory.mktemp("programs"), "docker")
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    return made


@pytest.fixture
def project(workplace: Workplace, containers: Containers) -> Workplace:
    workplace.says(IMAGES)
    return workplace


def image(packaged: dict[str, Any]) -> str:
    return str(packaged["Resources"][FUNCTION]["Properties"]["Code"]["ImageUri"])


def served(stack: Stack) -> str:
    return str(stack.serves(ALIAS)["Code"]["ImageUri"])


# The three promises


def test_edited_code_is_what_is_served_after_every_deployment(project: Workplace) -> None:
    stack = Stack()
    seen = []
    for version in ("first", "second", "third"):
        project.edit(version)
        packaged = project.package(*TO)
        stack.deploy(packaged)
        assert served(stack) == image(packaged)
        seen.append(served(stack))
    assert len(set(seen)) == 3


def test_unchanged_code_is_neither_built_nor_pushed_and_changes_nothing(
    project: Workplace, containers: Containers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stack = Stack()
    stack.deploy(project.package(*TO))
    text = (project.root / "packaged.yaml").read_bytes()
    assert (len(containers.calls("build")), len(containers.calls("push"))) == (1, 1)

    project.handler.touch()
    assert stack.deploy(project.package(*TO)) == set()

    elsewhere = Workplace(tmp_path_factory.mktemp("elsewhere"), project.capsys)
    elsewhere.says(IMAGES)
    elsewhere.handler.chmod(0o600)
    elsewhere.package(*TO)
    assert (elsewhere.root / "packaged.yaml").read_bytes() == text
    assert (len(containers.calls("build")), len(containers.calls("push"))) == (1, 1)


def test_the_last_version_can_be_gone_back_to(project: Workplace) -> None:
    good = project.package(*TO)
    stack = Stack()
    stack.deploy(good)
    released = stack.resources[ALIAS].properties["FunctionVersion"]
    project.edit("bad")
    stack.deploy(project.package(*TO))
    assert served(stack) != image(good)
    assert stack.versions[released]["Code"]["ImageUri"] == image(good)  # by hand: the superseded version is still there
    stack.deploy(good)
    assert served(stack) == image(good)


# What is built, and where it goes


def test_the_template_pins_the_digest_that_the_repository_tells(project: Workplace, containers: Containers) -> None:
    unpackaged = read(project.root / "template.yaml")["Resources"][FUNCTION]["Properties"]
    assert unpackaged["Code"]["ImageUri"]["Fn::Sub"].endswith("/run-tierforge-package-first:tickets")
    packaged = project.package(*TO)
    ((tag, digest),) = containers.kept("registry").items()
    assert image(packaged) == f"{URI}@{digest}"
    assert re.fullmatch(r"tickets-[0-9a-f]{32}", tag)
    properties = packaged["Resources"][FUNCTION]["Properties"]
    assert (properties["PackageType"], properties["ImageConfig"]) == ("Image", {"Command": ["handler.lambda_handler"]})
    assert not {"Runtime", "Handler", "Layers"} & properties.keys()
    assert "ArtifactBucket" not in packaged.get("Parameters", {})
    assert lint((project.root / "packaged.yaml").read_text(encoding="utf-8"), "us-east-1", cache=False) == []


def test_a_context_holds_the_code_and_nothing_of_this_machine(project: Workplace, containers: Containers) -> None:
    folder = project.handler.parent
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "handler.pyc").write_text("compiled")
    (folder / "start.sh").write_text("#!/bin/sh\n")
    (folder / "start.sh").chmod(0o700)
    project.package(*TO)
    files = containers.kept("contexts")["tickets"]
    assert {"handler.py", "Dockerfile", "requirements.txt", "start.sh"} <= files.keys()
    assert not [name for name in files if name.startswith(("tests/", "__pycache__/")) or "-dev" in name]
    assert {mode & 0o777 for name, (mode, _, _) in files.items() if name != "start.sh"} == {0o644}
    assert files["start.sh"][0] & 0o777 == 0o755
    assert len({moment for _, moment, _ in files.values()}) == 1


def test_the_migrations_of_a_store_go_into_the_image_that_applies_them(
    project: Workplace, containers: Containers
) -> None:
    project.says(IMAGES.replace("{type: dynamodb}", "{type: rds, engine: postgres}"))
    for name in ("tickets", "tickets-migrate"):
        (project.root / "functions" / name / "global-bundle.pem").write_text("certificates")
    project.package(*TO)
    assert "migrations/0001_init.sql" in containers.kept("contexts")["tickets-migrate"]
    assert "global-bundle.pem" in containers.kept("contexts")["tickets"]


@pytest.mark.parametrize(("architecture", "platform"), [("arm64", "linux/arm64"), ("x86_64", "linux/amd64")])
def test_an_image_is_for_the_processor_of_its_function(
    project: Workplace, containers: Containers, architecture: str, platform: str
) -> None:
    project.says(f"{IMAGES}architecture: {architecture}\n")
    project.package(*TO)
    ((tag, _),) = containers.kept("registry").items()
    (build,) = containers.calls("build")
    assert build[1:5] == ["build", "--pull", "--platform", platform]
    assert build[5:7] == ["--tag", f"{URI}:{tag}"]
    other = "x86_64" if architecture == "arm64" else "arm64"
    project.says(f"{IMAGES}architecture: {other}\n")
    project.package(*TO)
    assert len(containers.kept("registry")) == 2


def test_the_password_of_the_registry_is_typed_and_never_an_argument(
    project: Workplace, containers: Containers
) -> None:
    project.package(*TO)
    assert containers.kept("logins") == {URI.partition("/")[0]: "password-of-ecr"}
    assert not containers.calls("password-of-ecr")
    asked = {call[call.index("--region") + 1] for call in containers.calls("aws")}
    assert asked == {"us-east-1"}


def test_the_base_image_is_that_of_the_runtime(project: Workplace) -> None:
    project.says(IMAGES + "runtime: python3.12\n")
    text = (project.handler.parent / "Dockerfile").read_text()
    assert "FROM public.ecr.aws/lambda/python:3.12\n" in text
    assert 'CMD ["handler.lambda_handler"]' in text
    assert "**/tests\n" in (project.handler.parent / ".dockerignore").read_text()


def test_zips_and_images_stand_side_by_side(workplace: Workplace, containers: Containers) -> None:
    workplace.says(
        merged(BLUEPRINT, "resources: {tickets: {function: {package: image}}, health: {routes: [GET /health]}}")
    )
    packaged = workplace.package(*TO)
    assert image(packaged).startswith(f"{URI}@sha256:")
    assert packaged["Resources"]["HealthFunction"]["Properties"]["Code"]["S3Bucket"] == {"Ref": "ArtifactBucket"}
    assert len(containers.calls("build")) == 1


@pytest.mark.parametrize("program", ["finch", "podman"])
def test_any_program_that_builds_images_will_do(
    project: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    other = Containers(tmp_path / "other", program)
    monkeypatch.setenv("PATH", f"{other.bin}:/usr/bin:/bin")
    project.package(*TO)
    assert [call[:2] for call in other.calls(program)] == [[program, "build"], [program, "login"], [program, "push"]]


# What is told


def test_without_such_a_program_the_way_out_is_told(
    project: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Containers(tmp_path / "other")  # the AWS CLI alone
    monkeypatch.setenv("PATH", str(other.bin))
    code, told = project.run("package", *TO)
    assert code == 1
    assert "there is no program that builds container images: docker, finch, podman" in told
    assert "say `package: zip`" in told


@pytest.mark.parametrize(
    ("program", "command", "text", "message", "hint"),
    [
        ("docker", "build", "ERROR: Cannot connect to the Docker daemon", "docker build failed", "docker is installed"),
        ("docker", "build", "exec /bin/sh: exec format error", "docker build failed", "say the `architecture`"),
        ("docker", "push", "denied: not authorized", "docker push failed", "ecr:PutImage"),
        ("docker", "build", "ERROR: no such package", "no such package", "see the whole output with:"),
        ("aws", "describe-images", "RepositoryNotFoundException", "can't be read", "./deploy.sh makes the repository"),
    ],
)
def test_what_fails_is_told_with_the_way_out(
    project: Workplace, containers: Containers, program: str, command: str, text: str, message: str, hint: str
) -> None:
    containers.fails(program, command, text)
    code, told = project.run("package", *TO)
    assert code == 1
    assert message in told
    assert hint in told
    assert not (project.root / "packaged.yaml").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "functions run from images, and these go to a repository"),
        (("--repository", "docker.io/box-office"), "'docker.io/box-office' is no repository of ECR"),
        ((*TO, "--build-only"), "tickets: an image has no path"),
    ],
)
def test_wrong_usage(project: Workplace, containers: Containers, options: tuple[str, ...], message: str) -> None:
    code, told = project.run("package", *options)
    assert (code, message in told) == (2, True)
    assert not containers.calls()


def test_a_dockerfile_that_was_removed_is_missed(project: Workplace) -> None:
    (project.handler.parent / "Dockerfile").unlink()
    code, told = project.run("package", *TO)
    assert code == 1
    assert "functions/tickets/Dockerfile is missing" in told
