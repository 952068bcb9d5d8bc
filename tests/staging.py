"""An account for tests/test_journey.py: a model of what AWS serves, and a page's host."""

from __future__ import annotations

import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from deploying import ARN, CREATED, Project, stack
from support.issuer import SECRET, Issuer
from test_deploy_releases import CANARY, Live

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
EDGE = "changeSet/edge/1"


class Page:
    """Where a page is hosted: what was uploaded is answered, what looks like a file and is none is missing."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.url = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        wanted = path.lstrip("/") if re.search(r"\.\w+$", path) else "index.html"
        return (200, self.files[wanted]) if wanted in self.files else (404, b"")

    def copy(self, words: list[str]) -> None:
        """`aws s3 cp` to the bucket of a page: a file, or the files of a folder."""
        here, there = next(pair for pair in pairwise(words) if pair[1].startswith("s3://"))
        key = there.removeprefix("s3://site-files/")
        files = [path for path in Path(here).rglob("*") if path.is_file()] if "--recursive" in words else []
        kept = {f"{key}{path.relative_to(here).as_posix()}": path for path in files} or {key: Path(here)}
        self.files |= {name.removeprefix("site/"): path.read_bytes() for name, path in kept.items()}

    def unpack(self, archive: Path) -> None:
        with zipfile.ZipFile(archive) as found:
            self.files = {name: found.read(name) for name in found.namelist() if not name.endswith("/")}


@contextmanager
def hosting() -> Iterator[Page]:
    """A page's host that listens."""
    page = Page()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = page.answer(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    page.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield page
    finally:
        server.shutdown()
        server.server_close()


def prepare(project: Project) -> None:
    """Answers that every account gives; the folder is as it is before the journey begins."""
    for path in project.folder.iterdir():
        if path.is_file():
            path.unlink()
    project.program("tierforge", 'aws tierforge "$@"')
    answers = project.aws.answers
    answers("resourcegroupstaggingapi get-resources", {"ResourceTagMappingList": []})
    answers("cognito-idp describe-user-pool-client", {"UserPoolClient": {"ClientSecret": SECRET}})
    answers("route53 get-hosted-zone", {"HostedZone": {"Name": "example.com."}})
    answers("s3 rm", "")
    answers("cloudfront create-invalidation", {"Invalidation": {"Id": "I1"}})
    answers("s3api list-objects-v2", {"Contents": []})


class Staged(Live):
    """A model of the account whose project is the one that the journey has rendered, its API the issuer's."""

    def __init__(self, project: Project, issuer: Issuer, page: Page) -> None:
        super().__init__(project, CANARY)
        self.issuer, self.page = issuer, page
        prepare(project)
        answers, folder = project.aws.answers, project.folder
        answers("cloudformation deploy box-office-edge", CREATED.replace(ARN, ARN.split("changeSet")[0] + EDGE))
        answers(f"cloudformation execute-change-set {ARN.split('changeSet')[0] + EDGE}", {})
        answers("describe-stacks box-office-edge", stack("CREATE_COMPLETE", SiteWebAclArn="arn:acl"))
        answers("list-stack-resources box-office-edge", {"StackResourceSummaries": []})
        old = {"Versions": [{"Key": "site/index.html", "VersionId": "1"}], "DeleteMarkers": None}
        answers("s3api list-object-versions", old, {"Versions": None, "DeleteMarkers": None})
        answers("s3api delete-objects", "")
        project.program(
            "curl", "cat >address", 'while [ "$1" != --upload-file ]; do shift; done; cp "$2" "$HOME/page.zip"'
        )
        answers("amplify create-deployment", {"jobId": "7", "zipUploadUrl": "https://up.example/zip"})
        answers("amplify start-deployment", lambda _: self.page.unpack(folder / "page.zip") or {"jobSummary": {}})
        answers("amplify get-job", {"job": {"summary": {"status": "SUCCEED"}}})

    def package(self, words: list[str]) -> str:
        self.blueprint = (self.project.folder / "app.yaml").read_text()
        return super().package(words)

    def resources(self, words: list[str]) -> dict[str, Any]:
        found = super().resources(words)["StackResourceSummaries"] if self.template else []
        bucket = {
            "ResourceType": "AWS::S3::Bucket",
            "PhysicalResourceId": "site-files",
            "LogicalResourceId": "SiteBucket",
        }
        return {
            "StackResourceSummaries": [
                *found,
                *([bucket] if "SiteBucket" in self.template.get("Resources", ()) else []),
            ]
        }

    def copy(self, words: list[str]) -> Any:
        if not any(word.startswith("s3://site-files/site/") for word in words):
            if "s3://site-files/unneeded" in words:  # written, and never there to be read
                return "" if "--content-type" in words else Exception("404")
            return super().copy(words)
        self.page.copy(words)
        return ""

    def describe(self, words: list[str]) -> Any:
        shown = super().describe(words)
        if not isinstance(shown, Exception):
            config = json.dumps({"apiUrl": self.issuer.url, "signIn": None})
            more = {"ApiUrl": self.issuer.url, "ClientConfig": "{}"}
            if "machine_clients" in self.blueprint:
                more |= {"UserPoolId": "us-east-1_x", "TestsMachineClientId": "machine"}
            if "presentation" in self.blueprint:
                more |= {"SiteUrl": self.page.url, "RuntimeConfig": config, "SiteAppId": "d1a2"}
                more |= {"SiteBucketName": "site-files", "SiteDistributionId": "E1"}
            shown["Stacks"][0]["Outputs"] += [{"OutputKey": k, "OutputValue": v} for k, v in more.items()]
        return shown
