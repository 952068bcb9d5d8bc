"""Several services from their first deploy to their end, one of them changed and another one removed on the way."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from support.journey import Journey
from support.journey_page import answered

CALLED, CALLER = "catalog", "orders"
# What the caller's code is made to do, which is its owner's to write: it asks the other service, then keeps an order.
HEADER, LOOKED_UP = "import repository\n", "items.checked(request.fields())\n"
ASKS = f'    fields["tickets"] = len(services.call("{CALLED}", "GET", "/tickets")["items"])\n'


@dataclass
class Service(Journey):
    """One service of an application, in its own folder; `pattern` is its name."""

    @property
    def root(self) -> Path:
        return self.folder.parents[1]

    def applications(self) -> list[str]:
        return [f"{self.name}-{self.pattern}"]


@dataclass
class Services(Journey):
    """An application of several services in `folder`."""

    removed: list[str] = field(default_factory=list)

    def steps(self) -> tuple[Callable[[], None], ...]:
        return (*super().steps(), self.remove_one)

    def create(self) -> None:
        """What they share first, then each; one calls the other by its rendered client, as its own role."""
        self.begin()
        self.let_one_call_the_other()
        self.run(["bash", "deploy.sh", "--yes"])
        called, caller = self.service(CALLED), self.service(CALLER)
        made = json.loads(called.call("POST", '{"seat": "17"}'))
        assert made["id"] in called.call("GET")
        order = json.loads(caller.call("POST", '{"seat": "17"}', "/orders"))
        assert order["tickets"] == 1
        for one, path in ((called, "/tickets"), (caller, "/orders")):
            assert answered(one.outputs["ApiUrl"] + path, self.pause)[0] in (401, 403)

    def update(self) -> None:
        """A change of one service, a canary first; of the other not a byte, and no deploy."""
        before, deployed = self.files(CALLER), self.deployed(CALLER)
        self.service(CALLED).update()
        self.is_as_it_was(CALLER, before, deployed)

    def revert(self) -> None:
        self.service(CALLED).revert()

    def remove_one(self) -> None:
        """As the README says it: its stack, its entry, its folder. The others stay as they are."""
        before, deployed = self.files(CALLED), self.deployed(CALLED)
        self.removed = [CALLER]
        self.aws("cloudformation", "delete-stack", "--stack-name", f"{self.name}-{CALLER}")
        self.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", f"{self.name}-{CALLER}")
        blueprint = yaml.safe_load((self.folder / "app.yaml").read_text("utf-8"))
        del blueprint["services"][CALLER]
        shutil.rmtree(self.folder / "services" / CALLER)
        self.say(yaml.safe_dump(blueprint, sort_keys=False))
        self.is_as_it_was(CALLED, before, deployed)
        assert "items" in json.loads(self.service(CALLED).call("GET"))

    def let_one_call_the_other(self) -> None:
        """The code of the calling service, with a call in it."""
        path = self.folder / "services" / CALLER / "functions" / CALLER / "service.py"
        text = path.read_text("utf-8")
        assert (text.count(HEADER), text.count(LOOKED_UP)) == (1, 1)
        path.write_text(
            text.replace(HEADER, HEADER + "import services\n").replace(LOOKED_UP, LOOKED_UP + ASKS), "utf-8"
        )

    def applications(self) -> list[str]:
        """Callers before what they call, the platform in the end; what was removed on the way is tried again."""
        script = self.folder / "deploy.sh"
        text = script.read_text("utf-8") if script.is_file() else ""
        (order,) = re.findall(r"^order='(.*)'$", text, re.MULTILINE) or [""]
        return [f"{self.name}-{one}" for one in [*self.removed, *reversed(order.split())]]

    def service(self, name: str) -> Service:
        """A service, with the outputs of its stack."""
        more = (self.issuer, self.pause, self.zone)
        one = Service(self.folder / "services" / name, name, self.name, self.region, self.environment, *more)
        one.outputs = self.said(f"{self.name}-{name}")
        return one

    def files(self, name: str) -> dict[Path, bytes]:
        """What stands in a service's folder, but for what a deploy makes."""
        folder = self.folder / "services" / name
        made = ("build", "packaged.yaml")
        found = [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] not in made]
        return {path.relative_to(folder): path.read_bytes() for path in found}

    def is_as_it_was(self, name: str, files: dict[Path, bytes], deployed: str) -> None:
        """Neither a file of the service nor its stack has changed."""
        now = self.files(name)
        changed = sorted(str(path) for path in files.keys() | now.keys() if files.get(path) != now.get(path))
        assert not changed, f"{name} has changed: {', '.join(changed)}"
        assert self.deployed(name) == deployed, f"the stack of {name} has changed"

    def deployed(self, name: str) -> str:
        """When a service's stack was last changed."""
        query = ["--query", "Stacks[0].[CreationTime,LastUpdatedTime]", "--output", "text"]
        return self.aws("cloudformation", "describe-stacks", "--stack-name", f"{self.name}-{name}", *query)
