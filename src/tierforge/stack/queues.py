"""Queues by name: made when a worker reads one or a route writes to one, and shared by both."""

from __future__ import annotations

from typing import Any

from tierforge.blueprint.blueprint import Blueprint, completed_options
from tierforge.components import Catalog
from tierforge.diagnostics import Span
from tierforge.model import Part, Use
from tierforge.names import pascal


class Queues:
    """The queues of an application: whoever names one gets the same part."""

    def __init__(self, blueprint: Blueprint, catalog: Catalog) -> None:
        self.blueprint, self.catalog = blueprint, catalog
        self._found: dict[str, Part] = {}  # by name

    def named(self, name: str, span: Span, **wanted: Any) -> Part:
        """The queue `name`; a worker that reads it asks first, and says what is `wanted` of it."""
        if name not in self._found:
            component, key = self.catalog.get("queue", "sqs"), wanted.get("kms_key_arn")
            options = completed_options(component, wanted, self.blueprint)
            view = {"dead_letters": self.dead_letters(name, pascal(name), span, kms_key_arn=key)}
            self._found[name] = Part(component, name, span, id=pascal(name), options=options, view=view)
        return self._found[name]

    def dead_letters(self, name: str, identity: str, span: Span, *senders: Part, **wanted: Any) -> Part:
        """The queue for what could not get done; `senders` say in its policy which services may send to it."""
        component = self.catalog.get("queue", "dead-letters")
        options = completed_options(component, wanted, self.blueprint)
        uses = tuple(Use(sender, "attachment") for sender in senders)
        return Part(component, name, span, id=identity, options=options, uses=uses)

    def parts(self) -> list[Part]:
        """Every queue, each followed by the one for what failed too often."""
        return [part for queue in self._found.values() for part in (queue, queue.view["dead_letters"])]
