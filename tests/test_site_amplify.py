"""site.sh of a page on Amplify Hosting, run for real, with stand-ins for the AWS CLI, curl and npm."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aws_stub import AwsStub
from deploying import stack
from support.catalog import CATALOG
from tierforge.template.render import environment

CONFIG = '{"apiUrl": "https://api.example.com/prod", "region": "eu-west-1", "signIn": null}'
OPTIONS: dict[str, Any] = {"source": "web", "branch": "main", "branches": None, "repository": None, "build": None}
CONNECTED = {**OPTIONS, "branches": {"develop": {}}, "repository": {"url": "https://github.com/a/b", "token": "t"}}


class Site:
    """A project with a page and its site.sh, and the programs that it finds."""

    def __init__(self, folder: Path, *scripted: dict[str, Any]) -> None:
        self.folder = folder
        self.aws = AwsStub()
        (folder / "bin").mkdir()
        (folder / "web/public").mkdir(parents=True)
        (folder / "web/index.html").write_text("<!doctype html><title>page</title>")
        script = environment(CATALOG).get_template("presentation/amplify/scripts/site.sh.j2")
        (folder / "site.sh").write_text(script.render(script="site.sh", scripted=scripted))
        self.program("aws", self.aws.program)
        self.program("sleep", ":")
        self.program("python3", f'exec {sys.executable} "$@"')
        self.program("curl", 'printf "%s\\n" "$*" >>curls', "cat served 2>/dev/null || cat >address")
        self.program("npm", 'printf "%s in %s\\n" "$*" "$PWD" >>../npm', "mkdir -p dist; echo built >dist/index.html")
        answers = self.aws.answers
        outputs = {"SiteAppId": "d1a2", "SiteUrl": "https://main.d1a2.example/", "RuntimeConfig": CONFIG}
        answers("cloudformation describe-stacks", stack("CREATE_COMPLETE", **outputs))
        answers("amplify create-deployment", {"jobId": "7", "zipUploadUrl": "https://up.example/zip?signed=1"})
        answers("amplify start-deployment", {"jobSummary": {"status": "PENDING"}})
        answers("amplify start-job", {"jobSummary": {"jobId": "8"}})
        running, done = ({"job": {"summary": {"status": status}}} for status in ("RUNNING", "SUCCEED"))
        answers("amplify get-job", running, done)

    def program(self, name: str, *lines: str) -> None:
        path = self.folder / "bin" / name
        path.write_text("\n".join(["#!/usr/bin/env bash", *lines, ""]))
        path.chmod(0o755)

    def run(self, *options: str, code: int = 0) -> str:
        done = subprocess.run(
            ["bash", "site.sh", *options],
            cwd=self.folder,
            env={"PATH": f"{self.folder / 'bin'}{os.pathsep}/usr/bin:/bin", "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def calls(self, operation: str) -> list[str]:
        return [call for call in self.aws.calls if call.split()[:2] == ["amplify", operation]]


def one(options: dict[str, Any], environment: str = "") -> dict[str, Any]:
    name = f"club-{environment}" if environment else "club"
    return {"environment": environment, "stack_name": name, "region": "eu-west-1", "options": options}


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    made = Site(tmp_path, *getattr(request, "param", [one(OPTIONS)]))
    yield made
    made.aws.close()


def keep_the_upload(site: Site) -> Path:
    """Let curl keep the archive that it is given."""
    site.program(
        "curl",
        'cat >address; while [ $# -gt 0 ]; do [ "$1" != --upload-file ] || cp "$2" kept.zip; shift; done',
    )
    return site.folder / "kept.zip"


def test_a_page_goes_up_whole_with_what_it_has_to_know_of_the_stack(site: Site) -> None:
    kept = keep_the_upload(site)
    (site.folder / "web/.well-known").mkdir()
    (site.folder / "web/.well-known/assetlinks.json").write_text("[]")
    (site.folder / "web/.env").write_text("secret")
    (site.folder / "web/node_modules").mkdir()
    (site.folder / "web/node_modules/left.js").write_text("")
    assert site.run().endswith("https://main.d1a2.example/\n")
    with zipfile.ZipFile(kept) as archive:
        files = {name for name in archive.namelist() if not name.endswith("/")}
        assert files == {"index.html", "runtime-config.json", ".well-known/assetlinks.json"}
        assert archive.read("runtime-config.json").decode().strip() == CONFIG
    assert (site.folder / "address").read_text() == 'url = "https://up.example/zip?signed=1"\n'
    order = [call.split()[1] for call in site.aws.calls if call.startswith("amplify")]
    assert order == ["create-deployment", "start-deployment", "get-job", "get-job"]
    assert "--app-id d1a2 --branch-name main --job-id 7" in site.calls("start-deployment")[0]


def test_a_page_of_a_starter_is_built_first(site: Site) -> None:
    kept = keep_the_upload(site)
    (site.folder / "web/package.json").write_text("{}")
    (site.folder / "web/package-lock.json").write_text("{}")
    site.run()
    assert [line.split()[0] for line in (site.folder / "npm").read_text().splitlines()] == ["ci", "run"]
    with zipfile.ZipFile(kept) as archive:
        assert archive.read("index.html") == b"built\n"
    site.run("--no-build")
    assert len((site.folder / "npm").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "site",
    [
        [
            one(
                {
                    **OPTIONS,
                    "build": {
                        "install": "echo in >log",
                        "command": "mkdir out; echo made >out/index.html",
                        "output": "out",
                    },
                }
            )
        ]
    ],
    indirect=True,
)
def test_a_page_of_ones_own_is_built_as_the_blueprint_says(site: Site) -> None:
    kept = keep_the_upload(site)
    site.run()
    assert (site.folder / "web/log").read_text() == "in\n"
    with zipfile.ZipFile(kept) as archive:
        assert archive.read("index.html") == b"made\n"


def test_a_deployment_that_fails_is_told(site: Site) -> None:
    keep_the_upload(site)
    site.aws.answers("amplify get-job", {"job": {"summary": {"status": "FAILED"}}})
    assert "error: the deployment of the page ended as FAILED" in site.run(code=1)


def test_an_upload_that_was_broken_off_is_in_the_way(site: Site) -> None:
    site.aws.answers("amplify create-deployment", Exception("BadRequestException: the last job was not finished"))
    said = site.run(code=1)
    assert "aws amplify stop-job --app-id d1a2 --branch-name main --job-id JOB" in said


def test_a_build_without_a_page_is_told(site: Site) -> None:
    (site.folder / "web/index.html").unlink()
    assert "error: there is no index.html in web" in site.run(code=1)
    assert not site.calls("create-deployment")


@pytest.mark.parametrize("site", [[one(CONNECTED)]], indirect=True)
def test_a_repository_is_built_where_the_page_does_not_know_the_stack(site: Site) -> None:
    (site.folder / "served").write_text("<!doctype html>")
    site.run()
    branches = [call.split()[call.split().index("--branch-name") + 1] for call in site.calls("start-job")]
    assert branches == ["main", "develop"]
    assert not site.calls("create-deployment")


@pytest.mark.parametrize("site", [[one(CONNECTED)]], indirect=True)
def test_a_page_that_knows_its_stack_is_left_to_pushes(site: Site) -> None:
    (site.folder / "served").write_text(CONFIG)
    assert "knows this stack; Amplify builds what is pushed" in site.run()
    assert not site.calls("start-job")


@pytest.mark.parametrize("site", [[one(CONNECTED)]], indirect=True)
def test_a_branch_that_is_being_built_stops_nothing(site: Site) -> None:
    (site.folder / "served").write_text("")
    site.aws.answers("amplify start-job", Exception("LimitExceededException"), {"jobSummary": {"jobId": "9"}})
    assert "main is being built already" in site.run()
    assert len(site.calls("start-job")) == 2


@pytest.mark.parametrize("site", [[one(OPTIONS, "dev"), one(CONNECTED, "prod")]], indirect=True)
def test_an_environment_has_its_own_page(site: Site) -> None:
    (site.folder / "served").write_text(CONFIG)
    assert "which environment?" in site.run(code=2)
    assert "there is no environment test" in site.run("test", code=2)
    site.run("prod", "--region", "eu-north-1")
    assert [call for call in site.aws.calls if "describe-stacks" in call][-1].split()[3] == "club-prod"
