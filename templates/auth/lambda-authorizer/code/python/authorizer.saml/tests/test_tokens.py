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
from provider import RECIPIENT, Provider, after, as_token, provider
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
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


def edited_then_signed(change: Callable[[Any], None]) -> str:
    """An assertion that its provider made otherwise."""
    assertion = provider.assertion()
    change(assertion)
    return as_token(provider.signed(assertion))


RESTRICTION = (
    "<saml:AudienceRestriction><saml:Audience>x</saml:Audience></saml:AudienceRestriction>"
)


def wrapped(assertion: Any) -> Any:
    """An assertion without a signature of its own, around one that has one."""
    outer = provider.assertion(subject="eve")
    outer.set("ID", "_2")
    etree.SubElement(outer, f"{SAML}Advice").append(assertion)
    return outer


def with_document_type(assertion: Any) -> str:
    return base64.b64encode(ENTITY + etree.tostring(assertion)).decode()


BAD: dict[str, Callable[[], str]] = {
    "expired": lambda: as_token(provider.sign(ends=after(-60))),
    "confirmation expired": lambda: as_token(provider.sign(confirmed=after(-60))),
    "not yet valid": lambda: as_token(provider.sign(begins=after(120))),
    "another issuer": lambda: as_token(provider.sign(issuer="urn:example:other")),
    "for somebody else": lambda: as_token(provider.sign(audience="box-office-2")),
    "not for its bearer": lambda: as_token(provider.sign(confirmation="holder-of-key")),
    "used up by one request": lambda: as_token(provider.sign(condition="<saml:OneTimeUse/>")),
    "for another audience too": lambda: as_token(provider.sign(condition=RESTRICTION)),
    "for nobody": lambda: as_token(provider.sign(audience="")),
    "never expires": lambda: edited_then_signed(lambda a: a[2].attrib.pop("NotOnOrAfter")),
    "a confirmation that never expires": lambda: edited_then_signed(
        lambda a: a[1][1][0].attrib.pop("NotOnOrAfter")
    ),
    "a confirmation without data": lambda: edited_then_signed(lambda a: a[1][1].remove(a[1][1][0])),
    "no conditions": lambda: edited_then_signed(lambda a: a.remove(a[2])),
    "no audience": lambda: edited_then_signed(lambda a: a[2].remove(a[2][0])),
    "no confirmation": lambda: edited_then_signed(lambda a: a[1].remove(a[1][1])),
    "no subject": lambda: edited_then_signed(lambda a: a.remove(a[1])),
    "no issuer": lambda: edited_then_signed(lambda a: a.remove(a[0])),
    "too long": lambda: as_token(provider.sign(subject="a" * 64 * 1024)),
    "something else that is signed": lambda: edited_then_signed(
        lambda a: setattr(a, "tag", a.tag.replace("Assertion", "Response"))
    ),
    "another key": lambda: as_token(Provider().sign()),
    "a time that is none": lambda: as_token(provider.sign(ends="tomorrow")),
    "another subject": lambda: edited(lambda a: setattr(a[1][0], "text", "eve")),
    "no signature": lambda: edited(lambda a: a.remove(a[-1])),
    "document type": lambda: with_document_type(provider.sign()),
    "not XML": lambda: "YWJj",
    "not base64": lambda: "<a/>",
    "not only base64": lambda: as_token(provider.sign()) + "!",
    "something signed inside": lambda: as_token(wrapped(provider.sign())),
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


def test_an_assertion_can_be_made_out_to_an_address(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not refused(call, as_token(provider.sign(recipient="https://elsewhere.example.com")))
    monkeypatch.setattr("tokens.RECIPIENT", RECIPIENT)
    assert not refused(call, as_token(provider.sign()))
    assert refused(call, as_token(provider.sign(recipient="https://elsewhere.example.com")))


def test_an_assertion_that_is_for_several(call: Call) -> None:
    condition = RESTRICTION.replace(">x<", ">x</saml:Audience><saml:Audience>box-office<")
    proxies = "<saml:ProxyRestriction/>"
    assert not refused(call, as_token(provider.sign(condition=condition + proxies)))


def test_a_comment_cuts_no_name_short(call: Call) -> None:
    signed = etree.tostring(provider.sign(subject="ann.eve"))
    token = base64.b64encode(signed.replace(b"ann.eve", b"ann<!-- -->.eve")).decode()
    assert call(rest_event(token))["principalId"] == "ann.eve"


def test_a_time_without_a_zone_is_universal(call: Call) -> None:
    assert not refused(call, as_token(provider.sign(ends=after(300).rstrip("Z"))))
    assert refused(call, as_token(provider.sign(ends=after(-60).rstrip("Z"))))


@pytest.mark.parametrize("seconds", [-5, 5])
def test_clocks_differ_a_little(call: Call, seconds: int) -> None:
    moment = after(seconds)
    assert not refused(call, as_token(provider.sign(begins=moment, ends=after(seconds + 20))))


def test_the_certificate_in_an_assertion_proves_nothing(call: Call) -> None:
    stranger = Provider()
    stranger.certificate = provider.certificate
    assert refused(call, as_token(stranger.sign()))


@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA256),
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA1),
    ],
)
def test_weak_signatures_are_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch, method: Any, digest: Any
) -> None:
    monkeypatch.setattr(XMLSigner, "check_deprecated_methods", lambda _: None)
    assert refused(call, as_token(provider.sign(method, digest)))


def test_another_algorithm_of_the_provider_is_taken(call: Call) -> None:
    assert not refused(call, as_token(provider.sign(SignatureMethod.RSA_SHA512)))
