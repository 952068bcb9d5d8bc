"""An empty table in moto for every test: as template.yaml has it, so that both stay in step."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from events import SCOPE
from moto import mock_aws

import items
import repository

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
VARIABLE = "SHOWS_TABLE_NAME"

# The same for a folder that was taken out of its project.
KEY_ONLY = {
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
    ],
}


class Template(yaml.SafeLoader):
    """Reads CloudFormation: `!Ref X` becomes {"Ref": X}."""


def _tagged(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {tag: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", _tagged)


def table_properties() -> dict[str, Any]:
    """What the template says of the table that the function's variable names."""
    if not TEMPLATE.exists():
        return KEY_ONLY
    resources = Template(TEMPLATE.read_text(encoding="utf-8")).get_single_data()["Resources"]
    for resource in resources.values():
        environment = resource.get("Properties", {}).get("Environment", {})
        name = environment.get("Variables", {}).get(VARIABLE)
        if isinstance(name, dict) and "Ref" in name and name["Ref"] in resources:
            return dict(resources[name["Ref"]]["Properties"])
    return KEY_ONLY  # the table stands elsewhere: `existing`


def shape_of(table: dict[str, Any]) -> dict[str, Any]:
    """What makes a table's keys and indexes; the rest is not for tests."""
    shape = {name: table[name] for name in ("AttributeDefinitions", "KeySchema")}
    for kind in {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & table.keys():
        wanted = ("IndexName", "KeySchema", "Projection")
        shape[kind] = [{name: index[name] for name in wanted} for index in table[kind]]
    return shape


class Store:
    """The table, behind the repository's back."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def add(self, fields: dict[str, Any]) -> str:
        """Put an item there for the caller of the tests, and return its id."""
        item = {**fields, **SCOPE, items.ID: items.new_id(), items.ETAG: items.new_etag()}
        exact = {k: Decimal(str(v)) if isinstance(v, float) else v for k, v in item.items()}
        written = {k: TypeSerializer().serialize(v) for k, v in exact.items()}
        self._client.put_item(TableName=self._table, Item=written)
        return str(item[items.ID])

    def get(self, item_id: str) -> dict[str, Any]:
        """The caller's item, or {} if there is none."""
        parts = {**SCOPE, items.ID: item_id}
        key = {name: {"S": parts[name]} for name in repository.KEY}
        found = self._client.get_item(TableName=self._table, Key=key).get("Item", {})
        return {k: TypeDeserializer().deserialize(v) for k, v in found.items()}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    properties = shape_of(table_properties())
    monkeypatch.setenv(VARIABLE, "testing")
    repository.client.cache_clear()
    with mock_aws():
        client = repository.client()
        client.create_table(TableName="testing", BillingMode="PAY_PER_REQUEST", **properties)
        yield Store(client, "testing")
    repository.client.cache_clear()
