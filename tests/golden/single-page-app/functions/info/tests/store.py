"""An empty bucket in moto for every test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from events import SCOPE
from moto import mock_aws

import items
import repository


class Store:
    """The bucket, behind the repository's back."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def add(self, fields: dict[str, Any]) -> str:
        """Put an item there for the caller of the tests, and return its id."""
        item_id = items.new_id()
        body = json.dumps({items.ID: item_id, **fields})
        self._client.put_object(Bucket="testing", Key=_key(item_id), Body=body)
        return item_id

    def get(self, item_id: str) -> dict[str, Any]:
        """The caller's item, or {} if there is none."""
        try:
            answer = self._client.get_object(Bucket="testing", Key=_key(item_id))
        except self._client.exceptions.NoSuchKey:
            return {}
        return dict(json.load(answer["Body"]))


def _key(item_id: str) -> str:
    return "/".join([repository.FOLDER, *SCOPE.values(), item_id])


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("CONTENT_BUCKET_NAME", "testing")
    repository.client.cache_clear()
    with mock_aws():
        client = repository.client()
        client.create_bucket(Bucket="testing")
        yield Store(client)
    repository.client.cache_clear()
