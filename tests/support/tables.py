"""DynamoDB for a rendered repository: the table that it expects, and answers that moto never gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from botocore.awsrequest import AWSResponse

from support.cases import Case


def create_table(repository: ModuleType, case: Case) -> None:
    """An empty table, named as the resource, with the key and the index of `case`."""
    indexed = [case.list_by] if case.list_by else []
    names = [*repository.KEY, *(index["attribute"] for index in indexed)]
    indexes: dict[str, Any] = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index["index"],
                "KeySchema": [{"AttributeName": index["attribute"], "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in indexed
        ]
    }
    repository.client().create_table(
        TableName=case.name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
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
