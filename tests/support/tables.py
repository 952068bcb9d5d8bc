"""Makes the DynamoDB table that a rendered repository expects."""

from __future__ import annotations

from types import ModuleType
from typing import Any

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
