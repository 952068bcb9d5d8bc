"""The commands that a README gives to whoever has lost data, or takes the project down: AWS knows each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import pytest
from botocore import xform_name
from botocore.session import get_session

from support.rendered import readme

# Blueprints that have every store between them that is restored by a command.
RESTORED = ["all-stores", "aurora-servers", "data-api", "engines", "own-servers", "sharded-documents", "warehouses"]
CLI = {"cli-read-timeout", "endpoint-url", "max-items", "output", "query", "region"}  # options of the AWS CLI itself
OF_CLI = {"cloudformation deploy", "cloudformation package", "cloudformation wait", "s3 cp", "s3 rb", "s3 rm"}


@cache
def operations(service: str) -> Mapping[str, Mapping[str, str]]:
    """The options of a service's commands, each with the type of its value."""
    model = get_session().get_service_model("s3" if service == "s3api" else service)
    shapes = {xform_name(name, "-"): model.operation_model(name).input_shape for name in model.operation_names}
    return {
        name: {xform_name(member, "-"): kind.type_name for member, kind in (shape.members if shape else {}).items()}
        for name, shape in shapes.items()
    }


def commands(text: str) -> Iterator[tuple[str, str, set[str]]]:
    """Service, command and options of each call of the AWS CLI; one within another (`$(...)`) is a call of its own."""
    blocks = re.findall(r"^```sh\n(.*?)^```|`(aws [^`]*)`", text, re.DOTALL | re.MULTILINE)
    for block, cell in blocks:
        shell = re.sub(r"^ *#.*|'[^']*'", "", (block or cell).replace("\\\n", " "), flags=re.MULTILINE)
        while within := re.search(r"\$\(([^()]*)\)", shell):
            shell = shell[: within.start()] + shell[within.end() :] + "\n" + within[1]
        for call in re.finditer(r"\baws ([a-z0-9-]+)(?: --endpoint-url \S+)? ([a-z0-9-]+)(.*)", shell):
            yield call[1], call[2], set(re.findall(r" --([a-z0-9-]+)", call[3]))


@pytest.mark.parametrize("name", RESTORED)
def test_aws_knows_the_commands_of_a_readme(name: str) -> None:
    unknown = set()
    for service, command, options in commands(readme(name)):
        if f"{service} {command}" in OF_CLI:
            continue
        known = operations(service).get(command)
        assert known is not None, f"{service} {command}"
        unknown |= {f"{service} {command} --{option}" for option in options - CLI if not _is_known(option, known)}
    assert not unknown


def _is_known(option: str, known: Mapping[str, str]) -> bool:
    return option in known or known.get(option.removeprefix("no-")) == "boolean"
