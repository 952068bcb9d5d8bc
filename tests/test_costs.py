"""The fixed price of a project: what an option costs shows in it."""

from __future__ import annotations

from typing import Any

import pytest

from support.rendered import rendered, variant


def monthly(orders: dict[str, Any]) -> float:
    return variant("aurora-servers", data_stores={"orders": orders}).floor.total


@pytest.mark.parametrize("size", [{"instance_class": "db.r7g.large"}, {"instance_class": None, "min_capacity": 1}])
def test_io_optimized_storage_raises_what_servers_and_capacity_cost(size: dict[str, Any]) -> None:
    standard, optimized = (monthly({**size, "storage": storage}) for storage in ("standard", "io-optimized"))
    assert 200 < standard < optimized


@pytest.mark.parametrize("name", ["single-page-app", "site", "static-page"])
def test_a_web_acl_is_priced_once_whosever_it_is(name: str) -> None:
    made = rendered(name)
    templates = [made.template, *(each.template for each in made.companions)]
    acls = {e.key for each in templates for e in each.resources() if e.data["Type"] == "AWS::WAFv2::WebACL"}
    priced = [c.resource for c in made.floor.costs if c.item.removesuffix(" of the page") == "web ACL"]
    assert sorted(priced) == sorted(acls)
