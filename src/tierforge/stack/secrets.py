"""What functions say of secrets that they may read (`secrets`), turned into uses of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Part, Use
from tierforge.names import kebab, pascal, upper_snake
from tierforge.stack.function_checks import place_of

SECRET = "secret"  # noqa: S105 - the role of a secret that a function reads


def with_secrets(functions: Sequence[Function], blueprint: Blueprint, catalog: Catalog) -> list[Function]:
    """`functions`, each with the secrets that it may read among its uses."""
    return [
        replace(function, uses=(*function.uses, *(Use(p, SECRET) for p in _secrets(function, blueprint, catalog))))
        for function in functions
    ]


def _secrets(function: Function, blueprint: Blueprint, catalog: Catalog) -> Iterator[Part]:
    component = catalog.get("secret", "secrets-manager")
    for index, said in enumerate(function.settings["secrets"]):
        options: dict[str, Any] = {"kms_key_arn": None, **({"name": said} if isinstance(said, str) else said)}
        name = _name_here(options["name"])
        view = {"variable": f"{upper_snake(name)}_SECRET_NAME"}
        span = place_of(function, blueprint, "secrets", index)
        made = facts(component, options)
        yield Part(component, name, span, id=pascal(name), options=options, facts=made, view=view)


def _name_here(name: str) -> str:
    """What a secret is called here, where names are of letters, digits and hyphens: `shop/Stripe` is shop-stripe."""
    here = kebab(name)
    return here if here[:1].isalpha() else f"secret-{here}"


def secret_faults(functions: Sequence[Function], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Secrets of one function that its variables could not tell apart."""
    for function in functions:
        first: dict[str, Part] = {}
        for secret in (use.part for use in function.uses if use.role == SECRET):
            other = first.setdefault(secret.view["variable"], secret)
            if other is not secret:
                names = f"{other.options['name']!r} and {secret.options['name']!r}"
                message = f"the secrets {names} would both be in the variable {secret.view['variable']}"
                hint = "leave one of them out, or rename one in Secrets Manager"
                yield Diagnostic(message, secret.span, hint, related=(other.span,))
            key = secret.options["kms_key_arn"]
            if key and key.split(":")[3] != blueprint.region:
                message = f"the key of the secret {secret.options['name']!r} is in {key.split(':')[3]}"
                yield Diagnostic(message, secret.span, f"name the key of {blueprint.region} that encrypts it there")
