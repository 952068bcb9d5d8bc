"""site.sh, run for real in a project: a stand-in for the AWS CLI, whose bucket is kept by moto, and one for npm."""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from aws_stub import AwsStub
from deploying import MISSING, Project, stack
from project_documents import FULL
from support.catalog import CATALOG
from tierforge.template.render import environment, rendered

TODAY = int(time.time()) // 86400
BUCKET = "site-files"
OUTPUTS = {
    "SiteBucketName": BUCKET,
    "SiteDistributionId": "E1234567890",
    "SiteUrl": "https://www.example.com",
    "RuntimeConfig": '{"apiUrl": "https://www.example.com/api", "signIn": null}',
}
ROW = {
    "environment": "",
    "stack_name": "box-office",
    "region": "eu-west-1",
    "options": {"source": "web", "keep_days": 30},
}
ENVIRONMENTS = [
    {**ROW, "environment": "dev", "stack_name": "box-office-dev", "options": {"source": "web", "keep_days": 7}},
    {**ROW, "environment": "prod", "stack_name": "box-office-prod"},
]
FOR_GOOD = "public, max-age=31536000, immutable"


def script(scripted: list[dict[str, Any]]) -> str:
    """site.sh of an application, or of one with environments."""
    return rendered(
        environment(CATALOG),
        "presentation/s3-cloudfront/scripts/site.sh.j2",
        {"script": "site.sh", "scripted": scripted},
    )


class Site:
    """A project in `folder` with site.sh, and the bucket that it fills."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.aws = folder, AwsStub()
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket=BUCKET)
        (folder / "bin").mkdir()
        (folder / "site.sh").write_text(script([ROW]))
        self.program("aws", self.aws.program)
        self.aws.answers("describe-stacks box-office", stack("UPDATE_COMPLETE", **OUTPUTS))
        self.aws.answers("s3 cp", self.copy)
        self.aws.answers("s3 rm", self.remove)
        self.aws.answers("s3api list-objects-v2", lambda _: {"Contents": [{"Key": key} for key in self.keys("site/")]})
        self.aws.answers("cloudfront create-invalidation", {"Invalidation": {"Id": "I1"}})

    def program(self, name: str, *lines: str) -> None:
        path = self.folder / "bin" / name
        path.write_text("\n".join(["#!/usr/bin/env bash", *lines, ""]))
        path.chmod(0o755)

    def file(self, path: str, text: str = "x") -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def run(self, *options: str, code: int = 0) -> str:
        """Runs `./site.sh options` and returns what it prints."""
        done = subprocess.run(
            ["bash", "site.sh", *options],
            cwd=self.folder,
            env={"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def keys(self, prefix: str = "") -> list[str]:
        return [found["Key"] for found in self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]

    def put(self, key: str, text: str = "x") -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def text(self, key: str) -> str:
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def headers(self, key: str) -> tuple[str, str]:
        found = self.s3.head_object(Bucket=BUCKET, Key=key)
        return found["ContentType"], found["CacheControl"]

    def copy(self, words: list[str]) -> dict[str, Any] | Exception:
        """`aws s3 cp` as far as the script goes: a file or all of a folder to the bucket, a file from it."""
        said = {"--include": "*", **dict(pairwise(words))}
        here, there = next(words[n : n + 2] for n in range(2, len(words)) if not words[n].startswith("--"))
        if here.startswith("s3://"):
            key = here.removeprefix(f"s3://{BUCKET}/")
            if key not in self.keys():
                return Exception("404")
            Path(there).write_text(self.text(key))
            return {}
        key = there.removeprefix(f"s3://{BUCKET}/")
        headers = {"ContentType": said["--content-type"], "CacheControl": said.get("--cache-control", "")}
        files = {key: Path(here)}
        if "--recursive" in words:
            below = [path for path in Path(here).rglob("*") if path.is_file()]
            names = {path: path.relative_to(here).as_posix() for path in below}
            files = {key + n: p for p, n in names.items() if fnmatch.fnmatchcase(n, said["--include"])}
        for name, path in files.items():
            self.s3.put_object(Bucket=BUCKET, Key=name, Body=path.read_bytes(), **headers)
        return {}

    def remove(self, words: list[str]) -> dict[str, Any]:
        self.s3.delete_object(Bucket=BUCKET, Key=words[-1].removeprefix(f"s3://{BUCKET}/"))
        return {}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = Site(tmp_path)
        yield made
        made.aws.close()


def page(site: Site) -> None:
    """A page, and what its build makes of it."""
    site.file("web/package.json", "{}")
    site.program("npm", ":")
    for folder in ("public", "dist"):
        site.file(f"web/{folder}/photo-Portrait.jpg")
        site.file(f"web/{folder}/.well-known/apple-app-site-association", "{}")
    site.file("web/dist/index.html", "<!doctype html>")
    site.file("web/dist/assets/index-BxY12z_a.js", "1")
    site.file("web/dist/assets/index-BxY12z_a.js.map", "{}")
    site.file("web/dist/assets/photo-20261128.jpg")
    site.file("web/dist/images/a b.PNG")
    site.file("web/dist/.env", "secret")


def test_files_go_up_with_their_kind_and_for_how_long_they_hold(site: Site) -> None:
    page(site)
    assert "https://www.example.com" in site.run()
    assert {key: site.headers(key) for key in site.keys("site/")} == {
        "site/index.html": ("text/html; charset=utf-8", "no-cache"),
        "site/runtime-config.json": ("application/json", "no-cache"),
        "site/assets/index-BxY12z_a.js": ("text/javascript; charset=utf-8", FOR_GOOD),
        "site/assets/index-BxY12z_a.js.map": ("application/json", FOR_GOOD),
        "site/assets/photo-20261128.jpg": ("image/jpeg", "no-cache"),  # a date is no hash
        "site/photo-Portrait.jpg": ("image/jpeg", "no-cache"),  # nor is what somebody called a file
        "site/images/a b.PNG": ("image/png", "no-cache"),
        "site/.well-known/apple-app-site-association": ("application/json", "no-cache"),
    }
    assert site.text("site/runtime-config.json") == OUTPUTS["RuntimeConfig"] + "\n"


def test_what_the_page_needs_is_there_before_the_page(site: Site) -> None:
    page(site)
    site.run()
    went_up = [call for call in site.aws.calls if call.startswith("s3 cp") and f" s3://{BUCKET}/site/" in call]
    hashed = [FOR_GOOD in call for call in went_up]
    assert hashed == sorted(hashed, reverse=True)
    assert [call.endswith("index.html") or "/site/index.html " in call for call in went_up].index(True) == len(
        hashed
    ) - 1
    (invalidation,) = (call for call in site.aws.calls if "create-invalidation" in call)
    assert invalidation.startswith(
        "cloudfront create-invalidation --distribution-id E1234567890 --paths / /index.html /runtime-config.json"
    )
    assert site.aws.calls[-1] == invalidation


def test_what_is_there_under_its_hash_goes_up_once(site: Site) -> None:
    page(site)
    site.run()
    site.aws.calls.clear()
    site.run()
    assert not [call for call in site.aws.calls if FOR_GOOD in call]


def test_files_of_earlier_releases_stay_as_long_as_they_may_be_needed(site: Site) -> None:
    page(site)
    for name in ("old-AAAA1111", "older-BBBB2222", "back-CCCC3333"):
        site.put(f"site/assets/{name}.js")
    site.file("web/dist/assets/back-CCCC3333.js")  # of an earlier release, and needed again
    noted = {"older-BBBB2222": TODAY - 30, "back-CCCC3333": TODAY - 99, "gone-DDDD4444": TODAY - 99}
    site.put("unneeded", "".join(f"{day}\tassets/{name}.js\n" for name, day in noted.items()))
    said = site.run()
    assert "assets/older-BBBB2222.js was not needed for 30 days" in said
    there = [key.removeprefix("site/assets/") for key in site.keys("site/assets/")]
    assert {"old-AAAA1111.js", "back-CCCC3333.js", "index-BxY12z_a.js"} <= {*there}
    assert "older-BBBB2222.js" not in there
    assert site.text("unneeded") == f"{TODAY}\tassets/old-AAAA1111.js\n"


def test_names_of_a_page_that_is_not_built_are_no_hashes(site: Site) -> None:
    site.file("web/index.html", "<!doctype html>")
    site.file("web/photo-Portrait.jpg", "old")
    site.run()
    site.file("web/photo-Portrait.jpg", "new")
    site.run()
    assert site.text("site/photo-Portrait.jpg") == "new"
    assert site.headers("site/photo-Portrait.jpg") == ("image/jpeg", "no-cache")


@pytest.mark.parametrize(("lock", "clean"), [(True, "ci"), (False, "install")])
@pytest.mark.parametrize("built", ["dist", "dist/box-office/browser"])
def test_a_page_with_a_build_is_built_first(site: Site, lock: bool, clean: str, built: str) -> None:
    site.file("web/package.json", "{}")
    site.file("web/index.html", "the source, which is not the page")
    if lock:
        site.file("web/package-lock.json", "{}")
    site.program("npm", 'echo "npm $*"', f"mkdir -p {built}; echo built >{built}/index.html")
    said = site.run()
    assert [line for line in said.splitlines() if line.startswith("npm")] == [
        f"npm {clean} --no-fund --no-audit",
        "npm run build",
    ]
    assert site.keys("site/") == ["site/index.html", "site/runtime-config.json"]
    assert site.text("site/index.html") == "built\n"
    assert "npm" not in site.run("--no-build")


def test_a_build_that_makes_no_page_is_told_before_anything_goes_up(site: Site) -> None:
    site.file("web/package.json", "{}")
    site.program("npm", ":")
    assert "there is no index.html in web/dist" in site.run(code=1)
    site.program("npm", "exit 3")
    site.run(code=3)
    assert not site.keys()


def test_a_stack_that_is_not_there_is_told(site: Site) -> None:
    page(site)
    site.aws.answers("describe-stacks box-office", MISSING)
    assert "run ./deploy.sh first" in site.run(code=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--now"], "unknown option --now"), (["--region"], "--region needs a Region")],
)
def test_wrong_usage(site: Site, options: list[str], message: str) -> None:
    said = site.run(*options, code=2)
    assert message in said
    assert "usage: ./site.sh" in said


def test_each_environment_has_its_page(site: Site) -> None:
    page(site)
    (site.folder / "site.sh").write_text(script(ENVIRONMENTS))
    site.aws.answers("describe-stacks box-office-prod", stack("UPDATE_COMPLETE", **OUTPUTS))
    assert "which environment?" in site.run(code=2)
    assert "there is no environment test" in site.run("test", code=2)
    site.run("prod")
    assert site.text("site/index.html") == "<!doctype html>"


def test_a_deploy_ends_with_the_page(make_project: Callable[[dict[str, Any]], Project]) -> None:
    project = make_project({**FULL, "targets": [{**FULL["targets"][0], "scripts": ["site.sh"]}]})
    (project.folder / "site.sh").write_text('#!/usr/bin/env bash\naws page "$@"\n')
    (project.folder / "site.sh").chmod(0o755)
    project.aws.answers("page", {})
    project.deploy("--yes", "--region", "us-east-2")
    assert project.aws.calls[-1] == "page --region us-east-2"
    project.aws.calls.clear()
    project.deploy("--plan")
    assert not project.calls("page")


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize("scripted", [[ROW], ENVIRONMENTS], ids=["one", "environments"])
def test_shellcheck_finds_nothing(tmp_path: Path, scripted: list[dict[str, Any]]) -> None:
    (tmp_path / "site.sh").write_text(script(scripted))
    checked = subprocess.run(["shellcheck", tmp_path / "site.sh"], capture_output=True, text=True, check=False)
    assert checked.stdout == ""
