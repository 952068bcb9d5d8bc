"""The platforms of apps that call the API, as the blueprint names them under `clients`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part

KIND = "client"
SECTION = "clients"
BACK = "callback_urls"  # the option of an authorizer that has the addresses to come back to


def signs_in(auths: Sequence[Part]) -> Part | None:
    """The authorizer at which an app signs people in with a browser, if the API has one."""
    return next((auth for auth in auths if auth.facts.get("signs_in")), None)


def clients_of(blueprint: Blueprint, catalog: Catalog, auths: Sequence[Part]) -> tuple[Part, ...]:
    """A part for each platform; none where nobody signs in with a browser, whatever the pattern's default is."""
    if not signs_in(auths):
        return ()
    span = blueprint.source.span([SECTION], of="key")
    return tuple(Part(catalog.get(KIND, name), name, span, where=(SECTION,)) for name in blueprint.data[SECTION])


def own_address(auth: Part, option: str) -> str:
    """Where the browser comes back to an app: the first of an option's addresses that no web page has, "" for none."""
    said: Sequence[str] = auth.options.get(option) or ()
    return next((url for url in said if not re.match("https?:", url)), "")


def client_faults(blueprint: Blueprint, auths: Sequence[Part]) -> Iterator[Diagnostic]:
    """Platforms that the blueprint itself asks for in vain, and apps that the browser could not come back to."""
    auth = signs_in(auths)
    wanted = blueprint.data[SECTION]
    if auth and wanted and auth.facts.get("registers") and auth.options.get(BACK) and not own_address(auth, BACK):
        message = f"`{BACK}` has pages alone: the samples of apps come back to {blueprint.name}://callback"
        hint = f"add that address to `{BACK}`, and {blueprint.name}://logout to `logout_urls`; or say clients: []"
        yield Diagnostic(message, blueprint.source.span([*auth.where, BACK], of="key"), hint, severity="info")
    if blueprint.source.data.get(SECTION) and not auth:
        message = "apps sign people in with a browser, and no authorizer of this API has pages for that"
        hint = "say auth: {method: cognito}, or an `issuer`; or leave `clients` out"
        yield Diagnostic(message, blueprint.source.span([SECTION], of="key"), hint)
