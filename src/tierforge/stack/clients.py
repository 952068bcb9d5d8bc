"""The platforms of apps that call the API, as the blueprint names them under `clients`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part

KIND = "client"
SECTION = "clients"


def signs_in(auths: Sequence[Part]) -> Part | None:
    """The authorizer at which an app signs people in with a browser, if the API has one."""
    return next((auth for auth in auths if auth.facts.get("signs_in")), None)


def clients_of(blueprint: Blueprint, catalog: Catalog, auths: Sequence[Part]) -> tuple[Part, ...]:
    """A part for each platform; none where nobody signs in with a browser, whatever the pattern's default is."""
    if not signs_in(auths):
        return ()
    span = blueprint.source.span([SECTION], of="key")
    return tuple(Part(catalog.get(KIND, name), name, span, where=(SECTION,)) for name in blueprint.data[SECTION])


def client_faults(blueprint: Blueprint, auths: Sequence[Part]) -> Iterator[Diagnostic]:
    """Platforms that the blueprint itself asks for, in vain."""
    if blueprint.source.data.get(SECTION) and not signs_in(auths):
        message = "apps sign people in with a browser, and no authorizer of this API has pages for that"
        hint = "say auth: {method: cognito}, or an `issuer`; or leave `clients` out"
        yield Diagnostic(message, blueprint.source.span([SECTION], of="key"), hint)
