"""A SAML 2.0 assertion as a bearer token: whose it is, and that it is meant for this API, now."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from errors import Refused

ENTITY_ID = os.environ["SAML_ENTITY_ID"]
AUDIENCE = os.environ["SAML_AUDIENCE"]
RECIPIENT = os.environ.get("SAML_RECIPIENT")
# The provider's certificate, from its metadata: what an assertion brings along itself proves nothing.
CERTIFICATE = Path(__file__).with_name("certificate.pem").read_text()
LEEWAY = timedelta(seconds=30)
MAX_CHARACTERS = 64 * 1024

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
AUDIENCES = f"{SAML}AudienceRestriction"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SIGNED = SignatureConfiguration(
    location="./",  # the assertion's own signature, not that of something inside it
    signature_methods=frozenset(
        {
            SignatureMethod.RSA_SHA256,
            SignatureMethod.RSA_SHA384,
            SignatureMethod.RSA_SHA512,
            SignatureMethod.ECDSA_SHA256,
        }
    ),
    digest_algorithms=frozenset(
        {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
    ),
)


def verified(token: str) -> Mapping[str, Any]:
    """The subject (`sub`) and the attributes of an assertion. Raises Refused."""
    assertion = _signed(_parsed(token))
    if assertion.findtext(f"{SAML}Issuer") != ENTITY_ID:
        raise Refused("the assertion is another provider's")
    _check_conditions(assertion)
    _check_confirmation(assertion)
    return {
        **dict(_attributes(assertion)),
        "sub": assertion.findtext(f"{SAML}Subject/{SAML}NameID"),
    }


def _parsed(token: str) -> Any:
    if len(token) > MAX_CHARACTERS:
        raise Refused("the assertion is too long")
    # No entities, no network, no document type: an assertion needs none of them.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(base64.b64decode(token, validate=True), parser)
    except (ValueError, etree.XMLSyntaxError):
        raise Refused("the token is no XML in base64") from None
    if root.getroottree().docinfo.doctype:
        raise Refused("the assertion has a document type")
    return root


def _signed(root: Any) -> Any:
    """The part of `root` that the provider signed; nothing else is looked at from here on."""
    try:
        result = XMLVerifier().verify(
            root, x509_cert=CERTIFICATE, expect_config=SIGNED, id_attribute="ID"
        )
    except (SignXMLException, ValueError) as error:
        raise Refused(type(error).__name__) from None
    assertion: Any = result.signed_xml  # type: ignore[union-attr]
    if assertion is None or assertion.tag != f"{SAML}Assertion":
        raise Refused("what is signed is no assertion")
    return assertion


def _check_conditions(assertion: Any) -> None:
    conditions = assertion.find(f"{SAML}Conditions")
    if conditions is None:
        raise Refused("the assertion has no conditions")
    if {each.tag for each in conditions} - {AUDIENCES, f"{SAML}ProxyRestriction"}:
        raise Refused("the assertion has a condition that nobody here can keep")
    _check_time(conditions)
    restrictions = conditions.findall(AUDIENCES)
    if not restrictions or not all(
        AUDIENCE in [each.text for each in restriction.findall(f"{SAML}Audience")]
        for restriction in restrictions
    ):
        raise Refused("the assertion is for somebody else")


def _check_confirmation(assertion: Any) -> None:
    """Whoever bears the assertion may use it, as long as one of its confirmations says so."""
    for confirmation in assertion.findall(f"{SAML}Subject/{SAML}SubjectConfirmation"):
        data = confirmation.find(f"{SAML}SubjectConfirmationData")
        if confirmation.get("Method") == BEARER and data is not None:
            if RECIPIENT and data.get("Recipient") != RECIPIENT:
                raise Refused("the assertion is made out to another address")
            _check_time(data)
            return
    raise Refused("the assertion is not for whoever bears it")


def _check_time(element: Any) -> None:
    now = datetime.now(UTC)
    begins, ends = element.get("NotBefore"), element.get("NotOnOrAfter")
    if not ends or _moment(ends) + LEEWAY <= now:
        raise Refused("the assertion is expired, or never expires")
    if begins and _moment(begins) - LEEWAY > now:
        raise Refused("the assertion is not valid yet")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("a moment of the assertion can't be read") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _attributes(assertion: Any) -> Iterator[tuple[str, Any]]:
    """Each attribute by the last part of its name (`…/claims/emailaddress`): a text, or a list of several."""
    for attribute in assertion.findall(f"{SAML}AttributeStatement/{SAML}Attribute"):
        values = [value.text or "" for value in attribute.findall(f"{SAML}AttributeValue")]
        yield (
            attribute.get("Name", "").rpartition("/")[2],
            values if len(values) > 1 else "".join(values),
        )
