"""Who reaches an API at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Grant:
    """Methods (as an API's policy writes them) that `anyone` may call as far as it goes, or some accounts alone."""

    anyone: bool
    methods: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Access:
    """Who reaches an API at all: through `endpoints` or one that is `created`, from VPCs, addresses, or anywhere.

    `sources` are those by the condition key that holds for requests from them, empty for the endpoint that is created
    and where requests from anywhere are let in; `unless` is the test that a policy refuses by.
    `accounts` are those whose principals may sign requests; `ranges` are let in by the endpoint that is created,
    each with whose it is.
    """

    private: bool
    endpoints: tuple[str, ...]
    created: bool
    sources: Mapping[str, tuple[str, ...]]
    unless: str
    accounts: tuple[str, ...]
    grants: tuple[Grant, ...]
    ranges: Mapping[str, str]
