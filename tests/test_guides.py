"""The commands that a README gives to whoever has lost data or messages, or takes the project down: AWS knows each."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import get_session

from aws_stub import AwsStub
from deploying import stack
from support.rendered import readme

# Blueprints that have every store between them that is restored by a command, and every kind of worker.
RESTORED = [
    "workers",
    "all-stores",
    "aurora-servers",
    "data-api",
    "engines",
    "own-servers",
    "sharded-documents",
    "warehouses",
]
CLI = {
    "cli-binary-format",
    "cli-read-timeout",
    "endpoint-url",
    "max-items",
    "output",
    "query",
    "region",
}  # options of the AWS CLI itself
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


EVENT = {"detail-type": "order-placed", "detail": {"id": "e-1"}}


@pytest.mark.parametrize(
    "letter",
    [EVENT, {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": EVENT, "responsePayload": {}}],
    ids=["the rule's", "Lambda's"],
)
def test_a_dead_letter_is_sent_again(letter: dict[str, Any], tmp_path: Path) -> None:
    """Of both who put something aside: EventBridge the event alone, Lambda beside what became of it."""
    done, calls = resending([{"ReceiptHandle": "r-1", "Body": json.dumps(letter)}], tmp_path)
    assert (done.returncode, json.loads((tmp_path / "event.json").read_text())) == (0, EVENT)
    assert [line.split()[:2] for line in calls[-2:]] == [["lambda", "invoke"], ["sqs", "delete-message"]]
    assert calls[-1].endswith("--receipt-handle r-1")


def test_what_was_sent_again_is_not_sent_once_more(tmp_path: Path) -> None:
    """Where no letter is left."""
    (tmp_path / "event.json").write_text("{}")
    done, calls = resending([], tmp_path)
    assert done.returncode != 0
    assert not [line for line in calls if line.startswith("lambda")]


def resending(letters: list[dict[str, str]], folder: Path) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The README's commands, run by a shell with a stand-in for the AWS CLI, and the calls of that."""
    (commands,) = re.findall(r"^```sh\n(WORKER=.*?)^```", readme("service-events+billing"), re.DOTALL | re.MULTILINE)
    aws = AwsStub()
    try:
        (folder / "aws").write_text(f"#!/bin/bash\n{aws.program}")
        (folder / "aws").chmod(0o755)
        worker = commands.split()[0].partition("=")[2]
        answers = {f"{worker}DeadLettersUrl": "https://sqs/letters", f"{worker}FunctionName": "worker"}
        aws.answers("cloudformation describe-stacks", stack("CREATE_COMPLETE", **answers))
        aws.answers("sqs receive-message", json.dumps({"Messages": letters}) if letters else "")
        aws.answers("lambda invoke", "202")
        aws.answers("sqs delete-message", "")
        path = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", commands], cwd=folder, capture_output=True, text=True, env=path, check=False
        )
        return done, list(aws.calls)
    finally:
        aws.close()
