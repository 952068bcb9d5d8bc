"""The platforms of apps that call the API, as the blueprint names them under `clients`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic
from tierforge.model import Component, Part

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


def back_to(auth: Part, app: str, client: Component | None = None) -> dict[str, str]:
    """Where the browser comes back to an app on a platform, by `redirect` and `logout`.

    That is the first of the addresses that begin as the platform's do, such as no page has, where its component
    says nothing else under `back`; and one that is made of the name of the `app` where none of them does.
    """
    said = (client.data.get("back") if client else None) or _scheme(app)
    found = {}
    for name, option, default in (("redirect", BACK, "callback"), ("logout", "logout_urls", "logout")):
        known: Sequence[str] = auth.options.get(option) or ()
        seen = (url for url in known if url.isprintable())  # what nobody sees has no place in a sample
        found[name] = next((url for url in seen if re.match(said["begins"], url)), said[default])
    return found


def _scheme(app: str) -> dict[str, str]:
    return {"begins": "(?!https?:)", "callback": f"{app}://callback", "logout": f"{app}://logout"}


def client_faults(blueprint: Blueprint, clients: Sequence[Part], auths: Sequence[Part]) -> Iterator[Diagnostic]:
    """Platforms that the blueprint itself asks for in vain, and apps that the browser could not come back to."""
    auth = signs_in(auths)
    if auth and auth.facts.get("registers"):
        known = auth.options.get(BACK) or [_scheme(blueprint.name)["callback"]]
        addresses = {client.name: back_to(auth, blueprint.name, client.component)["redirect"] for client in clients}
        lost = {name: address for name, address in addresses.items() if address not in known}
        if lost:
            message = f"`{BACK}` has no address of {', '.join(lost)}, to which the browser could come back"
            missing = " and ".join(dict.fromkeys(lost.values()))
            hint = f"add {missing}, and the like to `logout_urls`; or say which `clients` there are"
            yield Diagnostic(message, blueprint.source.span([*auth.where, BACK], of="key"), hint, severity="info")
    if blueprint.source.data.get(SECTION) and not auth:
        message = "apps sign people in with a browser, and no authorizer of this API has pages for that"
        hint = "say auth: {method: cognito}, or an `issuer`; or leave `clients` out"
        yield Diagnostic(message, blueprint.source.span([SECTION], of="key"), hint)
