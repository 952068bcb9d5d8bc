"""DynamoDB for a rendered repository: the table that it expects, and answers that moto never gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from support.cases import Case, store_of


def empty_table(case: Case) -> None:
    """An empty table, named as the resource, with the key and the index of `case`, in the place of an older one."""
    client = boto3.client("dynamodb")
    if case.name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=case.name)
    key = store_of(case).view["key"]
    names = [field["name"] for field in (key["partition"], key["sort"]) if field]
    create_table(SimpleNamespace(KEY=names, client=lambda: client), case)


def create_table(repository: Any, case: Case) -> None:
    """An empty table, named as the resource, with the key and the index of `case`."""
    indexed = [case.list_by] if case.list_by else []
    types = dict.fromkeys(repository.KEY, "S")
    for index in indexed:
        types[index["attribute"]] = index["type"]
        types |= {index["sort"]: index["sort_type"]} if "sort" in index else {}
    indexes: dict[str, Any] = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index["index"],
                "KeySchema": [
                    {"AttributeName": index[part], "KeyType": kind}
                    for part, kind in (("attribute", "HASH"), ("sort", "RANGE"))
                    if part in index
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in indexed
        ]
    }
    repository.client().create_table(
        TableName=case.name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        KeySchema=[
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(repository.KEY, ("HASH", "RANGE"), strict=False)
        ],
        **(indexes if indexed else {}),
    )


def answer_with(code: str) -> Callable[..., AWSResponse]:
    """A hook for a client's `before-send` that answers every call with this error of DynamoDB."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode()

    class Raw:
        def stream(self, **_: object) -> Any:
            yield body

    return lambda request, **_: AWSResponse(request.url, 400, {}, Raw())
