"""A template, turned into what its resources cost a month when nobody uses them.

Prices stand in the components' `cost.yaml`, with Region and date; they are printed and never decide anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from tierforge.components import dig, holds
from tierforge.data_files import read_yaml
from tierforge.model import Component
from tierforge.template.assemble import Template


@dataclass(frozen=True)
class Cost:
    """A resource's fixed price in USD a month (730 hours); None where the table doesn't know it."""

    resource: str
    item: str
    monthly: float | None


@dataclass(frozen=True)
class Floor:
    """All fixed costs of a template and the note that says where and when the prices are from."""

    costs: tuple[Cost, ...]
    basis: str

    @property
    def total(self) -> float:
        return sum(cost.monthly or 0 for cost in self.costs)


def floor(*templates: Template) -> Floor:
    """The fixed monthly cost of `templates` together, by resource in their order."""
    entries = [entry for template in templates for entry in template.entries]
    tables = [_table(component) for component in {str(e.part.component): e.part.component for e in entries}.values()]
    prices: dict[str, list[Mapping[str, Any]]] = {}
    for kind, rules in (pair for table in tables for pair in table.get("prices", {}).items()):
        known = prices.setdefault(kind, [])  # two components may price one type, each what it renders of it
        known += [rule for rule in rules if rule not in known]
    costs: list[Cost] = []
    for entry in (each for template in templates for each in template.resources()):
        properties = {**entry.data.get("Properties", {}), "options": entry.part.options}
        for rule in prices.get(entry.data["Type"], ()):
            if holds(rule.get("when", {}), properties):
                costs.append(Cost(entry.key, rule["item"].format(**_words(properties)), _price(rule, properties)))
    bases = dict.fromkeys(table["basis"] for table in tables if table)
    return Floor(tuple(costs), " ".join(bases))


def grouped(found: Floor) -> list[Cost]:
    """The costs with equal items of several resources in one."""
    groups: dict[str, list[Cost]] = {}
    for cost in found.costs:
        groups.setdefault(cost.item, []).append(cost)
    return [
        group[0] if len(group) == 1 else Cost(f"{len(group)} of them", item, _sum([cost.monthly for cost in group]))
        for item, group in groups.items()
    ]


def _sum(prices: list[float | None]) -> float | None:
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None


def lines(found: Floor) -> Iterator[str]:
    """The floor as lines of text."""
    for cost in grouped(found):
        price = "       ?" if cost.monthly is None else f"{cost.monthly:8.2f}"
        yield f"{price}  {cost.item} ({cost.resource})"
    yield f"{found.total:8.2f}  USD a month before any request. {found.basis}".rstrip()


def _price(rule: Mapping[str, Any], properties: Mapping[str, Any]) -> float | None:
    """`monthly`, or that of the property `by` in `table`; for each of `times`, twice if `doubled_by`.

    `times` names a property, or several that are multiplied: a number, or a list by its length.
    """
    monthly = rule["table"].get(dig(properties, rule["by"])) if "by" in rule else rule["monthly"]
    if monthly is None:
        return None
    named = rule.get("times", ())
    factors = [dig(properties, name) for name in ([named] if isinstance(named, str) else named)]
    counts = [len(factor) if isinstance(factor, list) else float(factor) for factor in factors if factor is not None]
    doubled = 2 if properties.get(rule.get("doubled_by", "")) is True else 1
    return round(float(monthly) * prod(counts) * doubled, 2)


def _words(properties: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in properties.items()}


def _table(component: Component) -> Mapping[str, Any]:
    if "cost.yaml" not in component.files:
        return {}
    table: Mapping[str, Any] = read_yaml(Path(component.root).parents[1] / component.template("cost.yaml"))
    return table
