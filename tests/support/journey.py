"""An application from its first deploy to its end: rendered, deployed, called, changed, taken back and deleted.

One of several services is in journey_services.py, what is looked at in a page in journey_page.py.

tests/aws goes this way in an account of AWS, tests/test_journey.py with stand-ins for it. Everything is done as a
user does it: by the commands of tierforge, the project's deploy.sh, its samples of clients, and the AWS CLI.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.journey_page import answered, faults

BLUEPRINTS = Path(__file__).parents[1] / "aws" / "blueprints"
MINUTE = 60
TRIES = 6  # of a call
# How a sample calls: the address, the method and the body are its arguments.
CALLS = {
    "machine": "c = machine.Client(os.environ['CLIENT_ID'], os.environ['CLIENT_SECRET']); "
    "said = c.call(sys.argv[1], sys.argv[2], sys.argv[3].encode() or None)",
    "server": "said = server.call(sys.argv[1], sys.argv[2], sys.argv[3].encode())",
}


@dataclass
class Journey:
    """One application in `folder`, under a name of its own. `issuer` is asked for tokens, if not Cognito's.

    `environment` has the credentials and the way to the programs; `pause` waits for a number of seconds. With a `zone`
    (the id of one in Route 53), what can have a name there has one.
    """

    folder: Path
    pattern: str
    name: str
    region: str
    environment: Mapping[str, str]
    issuer: str = ""
    pause: Callable[[float], object] = time.sleep
    zone: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def travel(self) -> None:
        """All of it. Whatever fails, what was made is deleted in the end."""
        try:
            for step in self.steps():
                step()
        finally:
            self.delete()
        assert self.leftovers() == []

    def steps(self) -> tuple[Callable[[], None], ...]:
        return (self.create, self.update, self.revert)

    @property
    def root(self) -> Path:
        """The folder of the blueprint."""
        return self.folder

    def create(self) -> None:
        """The first deploy; then who may call is answered, and nobody else."""
        self.begin()
        self.deploy()
        made = json.loads(self.call("POST", '{"seat": "17"}'))
        assert made["id"] in self.call("GET")
        assert answered(self.outputs["ApiUrl"] + "/tickets", self.pause)[0] in (401, 403)  # nobody's call
        if "SiteUrl" in self.outputs:
            assert faults(self.outputs, self.pause) == []

    def begin(self) -> None:
        """The pattern's blueprint; lines that need a zone are those of a comment without one."""
        text = (BLUEPRINTS / f"{self.pattern}.yaml").read_text("utf-8")
        if self.zone:
            query = ["--query", "HostedZone.Name", "--output", "text"]
            domain = self.aws("route53", "get-hosted-zone", "--id", self.zone, *query).strip().rstrip(".")
            text = text.replace("#zone ", "").replace("ZONE_ID", self.zone).replace("ZONE", domain)
        self.say(text.replace("NAME", self.name).replace("REGION", self.region))

    def update(self) -> None:
        """A changed blueprint, tried by half of the callers and then given to all; data stays."""
        before = self.call("GET")
        blueprint = (self.root / "app.yaml").read_text("utf-8")
        self.say(blueprint.replace("[list, create]", "[list, create, read]"))
        assert "a canary gets the new release" in self.deploy("--canary", "50")
        assert self.call("GET") == before
        self.deploy("--promote")
        (item, *_) = json.loads(before)["items"]
        assert json.loads(self.call("GET", path=f"/tickets/{item['id']}")) == item

    def revert(self) -> None:
        """The release before serves again, with the data as it is by now."""
        (stage,) = re.findall(r"^stages='(\S+) ", (self.folder / "deploy.sh").read_text("utf-8"), re.MULTILINE)
        assert "goes back to" in self.deploy("--back", stage)
        assert "items" in json.loads(self.call("GET"))

    def delete(self) -> None:
        """All stacks, and what was uploaded for them. One that can't be deleted keeps none of the others."""
        failed = []
        for stack, region in self.stacks():
            try:
                self.empty_buckets(stack, region)
                self.aws("cloudformation", "delete-stack", "--stack-name", stack, "--region", region)
                self.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", stack, "--region", region)
            except AssertionError as why:
                failed.append(str(why))
        bucket = self.said("tierforge-bootstrap").get("ArtifactBucketName")
        for application in self.applications() if bucket else ():
            self.aws("s3", "rm", "--only-show-errors", "--recursive", f"s3://{bucket}/{application}/")
        assert not failed, "\n".join(failed)

    def applications(self) -> list[str]:
        """What has a deploy.sh of its own and stands in a stack of that name; in the order to delete them."""
        return [self.name]

    def stacks(self) -> list[tuple[str, str]]:
        """Stack and Region of all that was made: what stands before an application's stack goes after it."""
        script = self.folder / "deploy.sh"
        text = script.read_text("utf-8") if script.is_file() else ""
        beside = re.findall(r"^(?:companions=')?(\S+) (\S+) \S*edge/template\.yaml", text, re.MULTILINE)
        return [*((name, self.region) for name in self.applications()), *beside]

    def empty_buckets(self, stack: str, region: str) -> None:
        """Buckets that hold something stop the deletion of their stack, and an old version is something."""
        buckets = "StackResourceSummaries[?ResourceType=='AWS::S3::Bucket'].[PhysicalResourceId]"
        there = ("--region", region, "--output", "text", "--query")
        try:
            found = self.aws("cloudformation", "list-stack-resources", "--stack-name", stack, *there, buckets).split()
        except AssertionError:  # there is no such stack
            return
        versions = "[Versions, DeleteMarkers][].[Key, VersionId]"
        for bucket in found:
            listed = ("s3api", "list-object-versions", "--bucket", bucket, "--max-items", "500", *there, versions)
            while lines := [line.split("\t") for line in self.aws(*listed).splitlines() if "\t" in line]:
                gone = json.dumps({"Objects": [{"Key": key, "VersionId": version} for key, version in lines]})
                self.aws("s3api", "delete-objects", "--bucket", bucket, "--region", region, "--delete", gone)

    def leftovers(self) -> list[str]:
        """What still carries the application's tag, once AWS has had ten minutes to forget it."""
        regions = sorted({region for _, region in self.stacks()})
        for _ in range(10):
            found = [arn for region in regions for arn in self.tagged(region)]
            if not found:
                break
            self.pause(MINUTE)
        return found

    def tagged(self, region: str) -> list[str]:
        """The ARNs of what carries the tag in a Region."""
        found = self.aws(
            *("resourcegroupstaggingapi", "get-resources", "--region", region),
            *("--tag-filters", f"Key=Application,Values={self.name}"),
            *("--query", "ResourceTagMappingList[].ResourceARN", "--output", "text"),
        ).split()
        return [] if found == ["None"] else found

    def say(self, blueprint: str) -> None:
        """Write the blueprint and render it."""
        (self.root / "app.yaml").write_text(blueprint, encoding="utf-8")
        self.run([sys.executable, "-m", "tierforge", "render", "--quiet", "--no-lint"], self.root)

    def deploy(self, *options: str) -> str:
        """What deploy.sh prints."""
        printed = self.run(["bash", "deploy.sh", "--yes", *options])
        self.outputs = self.said(self.applications()[0])
        return printed

    def said(self, stack: str) -> dict[str, str]:
        """The outputs of a stack; none where there is no such stack."""
        query = ["--query", "Stacks[0].Outputs[].[OutputKey,OutputValue]", "--output", "text"]
        try:
            text = self.aws("cloudformation", "describe-stacks", "--stack-name", stack, *query)
        except AssertionError:
            return {}
        return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)

    def call(self, method: str, body: str = "", path: str = "/tickets") -> str:
        """The API's answer to a caller who may call, by the sample that the project has for such."""
        sample = next(name for name in CALLS if (self.folder / "clients" / f"{name}.py").is_file())
        code = f"import os, sys, {sample}; {CALLS[sample]}; sys.stdout.buffer.write(said)"
        url = self.outputs["ApiUrl"] + path
        command = [sys.executable, "-c", code, url, method, body]
        for _ in range(TRIES):
            try:
                return self.run(command, self.folder / "clients", self.credentials())
            except AssertionError:  # what was deployed takes some seconds until it is everywhere
                self.pause(10)
        return self.run(command, self.folder / "clients", self.credentials())

    def credentials(self) -> dict[str, str]:
        """What a program without a user brings, where the application has one."""
        if "TestsMachineClientId" not in self.outputs:
            return {}
        pool, client = self.outputs["UserPoolId"], self.outputs["TestsMachineClientId"]
        secret = self.aws(
            *("cognito-idp", "describe-user-pool-client", "--user-pool-id", pool, "--client-id", client),
            *("--query", "UserPoolClient.ClientSecret", "--output", "text"),
        ).strip()
        issuer = self.issuer or f"https://cognito-idp.{self.region}.amazonaws.com/{pool}"
        return {"ISSUER": issuer, "CLIENT_ID": client, "CLIENT_SECRET": secret, "SCOPE": "api/read api/write"}

    def aws(self, *words: str) -> str:
        return self.run(["aws", *words])

    def run(self, command: list[Any], folder: Path | None = None, more: Mapping[str, str] | None = None) -> str:
        """What a command prints. Raises AssertionError with what it says if it fails."""
        environment = {**self.environment, "AWS_REGION": self.region, "AWS_PAGER": "", **(more or {})}
        if "PYTHONPATH" in os.environ:
            environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
        done = subprocess.run(command, cwd=folder or self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
        return done.stdout
