"""The fixed price of a project: what an option costs shows in it."""

from __future__ import annotations

from typing import Any

import pytest

from support.rendered import variant


def monthly(orders: dict[str, Any]) -> float:
    return variant("aurora-servers", data_stores={"orders": orders}).floor.total


@pytest.mark.parametrize("size", [{"instance_class": "db.r7g.large"}, {"instance_class": None, "min_capacity": 1}])
def test_io_optimized_storage_raises_what_servers_and_capacity_cost(size: dict[str, Any]) -> None:
    standard, optimized = (monthly({**size, "storage": storage}) for storage in ("standard", "io-optimized"))
    assert 200 < standard < optimized
