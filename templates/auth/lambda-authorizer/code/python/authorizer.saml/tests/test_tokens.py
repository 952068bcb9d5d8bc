"""Which assertions are good."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from conftest import Call
from cryptography import x509
from events import rest_event
from lxml import etree
from provider import Provider, after, as_token, provider
from signxml.algorithms import SignatureMethod

ENTITY = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


def refused(call: Call, token: str) -> bool:
    try:
        call(rest_event(token))
    except Exception as error:
        assert str(error) == "Unauthorized"
        return True
    return False


def test_the_certificate_of_the_real_provider_can_be_read() -> None:
    file = Path(__file__).parents[1] / "certificate.pem"
    assert x509.load_pem_x509_certificate(file.read_bytes())


def test_attributes_are_handed_on(call: Call) -> None:
    context = call(rest_event(as_token(provider.sign())))["context"]
    assert (context["email"], context["groups"]) == ("ann@example.com", "editors,staff")


def edited(change: Callable[[Any], None]) -> str:
    """An assertion that was changed after it was signed."""
    assertion = provider.sign()
    change(assertion)
    return as_token(assertion)


def with_document_type(assertion: Any) -> str:
    return base64.b64encode(ENTITY + etree.tostring(assertion)).decode()


BAD: dict[str, Callable[[], str]] = {
    "expired": lambda: as_token(provider.sign(ends=after(-60))),
    "confirmation expired": lambda: as_token(provider.sign(confirmed=after(-60))),
    "not yet valid": lambda: as_token(provider.sign(begins=after(120))),
    "another issuer": lambda: as_token(provider.sign(issuer="urn:example:other")),
    "for somebody else": lambda: as_token(provider.sign(audience="box-office-2")),
    "not for its bearer": lambda: as_token(provider.sign(confirmation="holder-of-key")),
    "another key": lambda: as_token(Provider().sign()),
    "a time that is none": lambda: as_token(provider.sign(ends="tomorrow")),
    "another subject": lambda: edited(lambda a: setattr(a[1][0], "text", "eve")),
    "no signature": lambda: edited(lambda a: a.remove(a[-1])),
    "document type": lambda: with_document_type(provider.sign()),
    "not XML": lambda: "YWJj",
    "not base64": lambda: "<a/>",
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_a_bad_assertion(call: Call, make: Callable[[], str]) -> None:
    assert refused(call, make())


def test_only_what_is_signed_counts(call: Call) -> None:
    """Eve's words around Ann's, with the signature of Ann's: whoever is let in, it is not Eve."""
    inner = provider.sign()
    outer = deepcopy(inner)
    inner.remove(inner[-1])
    outer.set("ID", "_2")
    outer[1][0].text = "eve"
    outer.append(inner)
    assert call(rest_event(as_token(outer)))["principalId"] == "ann"


def test_another_algorithm_of_the_provider_is_taken(call: Call) -> None:
    assert not refused(call, as_token(provider.sign(SignatureMethod.RSA_SHA512)))
