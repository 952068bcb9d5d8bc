"""What Amplify Hosting does with a rendered app whose files were uploaded: rules by address, headers of answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from support.web.files import answered
from support.web.internet import Request, Response
from support.web.stack import Stack

APP = "AWS::Amplify::App"


@dataclass
class Amplify:
    """The app of `stack`: `files` is the folder of what was uploaded."""

    stack: Stack
    files: Path

    @cached_property
    def app(self) -> Mapping[str, Any]:
        ((_, said),) = self.stack.of(APP)
        return said

    @cached_property
    def hosts(self) -> list[str]:
        """The addresses of its branches."""
        ((name, _),) = self.stack.of(APP)
        domain = self.stack.resolved({"Fn::GetAtt": [name, "DefaultDomain"]})
        return [f"{branch['BranchName']}.{domain}" for _, branch in self.stack.of("AWS::Amplify::Branch")]

    def __call__(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return self._headed(request, Response(405, {"Content-Type": "text/html"}, b"method not allowed"))
        path = next(
            (self._target(rule) for rule in self._rules if _matches(rule["Source"], request.path)), request.path
        )
        return self._headed(request, answered(self.files, path))

    @property
    def _rules(self) -> list[Mapping[str, str]]:
        """In order: the first that matches an address is the one that holds."""
        rules: list[Mapping[str, str]] = self.app.get("CustomRules", [])
        return rules

    def _target(self, rule: Mapping[str, str]) -> str:
        assert rule["Status"] == "200", "the tests know no rule but rewrites"
        return rule["Target"]

    def _headed(self, request: Request, response: Response) -> Response:
        """With the headers of every pattern that the address matches."""
        told: dict[str, str] = {}
        for said in yaml.safe_load(self.app["CustomHeaders"])["customHeaders"]:
            if _globbed(said["pattern"], request.path.lstrip("/")):
                told |= {header["key"]: header["value"] for header in said["headers"]}
        return replace(response, headers={**response.headers, **told})


def _matches(source: str, path: str) -> bool:
    """Whether a rule is for `path`: a regular expression stands within `</` and `/>`, else the path itself does."""
    expression = re.fullmatch("</(.*)/>", source)
    return bool(re.search(expression[1], path)) if expression else source == path


def _globbed(pattern: str, path: str) -> bool:
    """Whether a glob is for `path`: `**/` is any number of folders, `*` what stands between two slashes."""
    parts = (re.escape(part).replace(r"\*", "[^/]*") for part in pattern.split("**/"))
    return bool(re.fullmatch("(?:.*/)?".join(parts), path))
