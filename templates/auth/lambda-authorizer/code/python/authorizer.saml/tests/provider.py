"""An identity provider on this machine: it signs assertions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

VARIABLES = {"SAML_ENTITY_ID": "urn:example:idp", "SAML_AUDIENCE": "box-office"}
RECIPIENT = "https://api.example.com/saml"
ATTRIBUTE = "http://schemas.example.com/claims"
NOW = datetime.now(UTC)
ASSERTION = """\
<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0">
<saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID>{subject}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:{confirmation}">
<saml:SubjectConfirmationData NotOnOrAfter="{confirmed}" Recipient="{recipient}"/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}">
<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>
{condition}</saml:Conditions><saml:AttributeStatement>
<saml:Attribute Name="{attribute}/groups"><saml:AttributeValue>editors</saml:AttributeValue>
<saml:AttributeValue>staff</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="{attribute}/email"><saml:AttributeValue>ann@example.com</saml:AttributeValue>
</saml:Attribute></saml:AttributeStatement></saml:Assertion>"""


def after(seconds: int) -> str:
    """A moment, in seconds from now, as assertions write it."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Provider:
    """A key and the certificate that goes with it."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
        made = (
            x509.CertificateBuilder(name, name, self.key.public_key(), 1)
            .not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        self.certificate = made.public_bytes(Encoding.PEM).decode()

    def sign(
        self,
        method: SignatureMethod = SignatureMethod.RSA_SHA256,
        digest: DigestAlgorithm = DigestAlgorithm.SHA256,
        **said: str,
    ) -> Any:
        """A signed assertion as XML; `said` is what differs from a good one."""
        return self.signed(self.assertion(**said), method, digest)

    def assertion(self, **said: str) -> Any:
        """The same without a signature."""
        good = {"issuer": "urn:example:idp", "subject": "ann", "audience": "box-office"}
        times = {"begins": after(-60), "ends": after(300), "confirmed": after(300)}
        more = {"confirmation": "bearer", "recipient": RECIPIENT, "condition": ""}
        return etree.fromstring(
            ASSERTION.format_map({**good, **times, **more, "attribute": ATTRIBUTE, **said})
        )

    def signed(
        self,
        assertion: Any,
        method: SignatureMethod = SignatureMethod.RSA_SHA256,
        digest: DigestAlgorithm = DigestAlgorithm.SHA256,
    ) -> Any:
        signer = XMLSigner(signature_algorithm=method, digest_algorithm=digest)
        return signer.sign(assertion, key=self.key, cert=self.certificate, reference_uri="_1")


provider = Provider()


def as_token(assertion: Any) -> str:
    return base64.b64encode(etree.tostring(assertion)).decode()


def good_token() -> str:
    return as_token(provider.sign())


@pytest.fixture(autouse=True)
def surroundings(call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider of the tests takes the place of the real one."""
    monkeypatch.setattr("tokens.CERTIFICATE", provider.certificate)
