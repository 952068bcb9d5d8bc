"""The functions of a rendered project as Lambda runs them, with moto behind them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from support.deployed import packaged
from support.handlers import load
from support.web.api import Handler
from support.web.stack import REGION, Stack
from tierforge.pipeline import Project

ALWAYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
ONE_AT_A_TIME = threading.Lock()  # they share the variables of this process


def functions(project: Project, stack: Stack, written: Path, scratch: Path) -> dict[str, Handler]:
    """Handlers by logical ID; `written` has the project's files."""
    found = {f"{function.id}Function": function for function in project.stack.functions}
    return {name: _handler(stack, name, packaged(f, written, scratch / f.name)) for name, f in found.items()}


def stores(stack: Stack) -> None:
    """Make the tables and buckets of `stack` in the moto that is active."""
    for key, said in stack.of("AWS::DynamoDB::Table"):
        kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        wanted: dict[str, Any] = {name: said[name] for name in kept if name in said}
        client = boto3.client("dynamodb", REGION)
        client.create_table(TableName=stack.resolved({"Ref": key}), BillingMode="PAY_PER_REQUEST", **wanted)
    for key, _ in stack.of("AWS::S3::Bucket"):
        boto3.client("s3", REGION).create_bucket(Bucket=stack.resolved({"Ref": key}))


def _handler(stack: Stack, logical_id: str, folder: Path) -> Handler:
    said = stack.resolved(stack.template["Resources"][logical_id]["Properties"])
    variables = ALWAYS | said.get("Environment", {}).get("Variables", {})
    module_name, name = said["Handler"].split(".")
    with ONE_AT_A_TIME, _environment(variables):
        (module,) = load(folder, module_name)
    entry = getattr(module, name)

    def called(event: dict[str, Any], context: Any) -> Any:
        with ONE_AT_A_TIME, _environment(variables):
            return entry(event, context)

    return called


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
