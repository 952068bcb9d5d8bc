"""Which tokens are good, and what happens while the issuer changes its keys or is away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Call
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from events import rest_event
from provider import issuer, rsa_key

NOW = int(time.time())
STRANGER = rsa_key()


def refused(call: Call, token: str) -> bool:
    try:
        call(rest_event(token))
    except Exception as error:
        assert str(error) == "Unauthorized"
        return True
    return False


def by_hand(header: dict[str, Any], secret: bytes = b"") -> str:
    """A token as an attacker makes it, signed with a shared secret or not at all."""
    claims = {
        "iss": "https://login.example.com/",
        "aud": "box-office",
        "sub": "eve",
        "exp": NOW + 300,
    }
    parts = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in (header, claims)
    ]
    signed = b".".join(parts)
    mac = hmac.digest(secret, signed, hashlib.sha256) if secret else b""
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def public_key() -> bytes:
    return issuer.first.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "claims",
    [{}, {"aud": "other-office"}, {"aud": ["x", "box-office"]}, {"exp": NOW - 5}, {"nbf": NOW + 5}],
)
def test_a_good_token(call: Call, claims: dict[str, Any]) -> None:
    assert not refused(call, issuer.sign(**claims))


def test_a_token_of_the_other_allowed_algorithm(call: Call) -> None:
    assert not refused(call, issuer.sign(issuer.curve, "curve", "ES256"))


BAD: dict[str, Callable[[], str]] = {
    "expired": lambda: issuer.sign(exp=NOW - 60),
    "not yet valid": lambda: issuer.sign(nbf=NOW + 120),
    "from the future": lambda: issuer.sign(iat=NOW + 120),
    "never expires": lambda: issuer.sign(exp=None),
    "for somebody else": lambda: issuer.sign(aud="box-office-2"),
    "for nobody": lambda: issuer.sign(aud=None),
    "another issuer": lambda: issuer.sign(iss="https://login.example.com"),
    "no issuer": lambda: issuer.sign(iss=None),
    "no subject": lambda: issuer.sign(sub=None),
    "another key": lambda: issuer.sign(STRANGER),
    "a key that is not published": lambda: issuer.sign(STRANGER, "stranger"),
    "names no key": lambda: issuer.sign(kid=None),
    "an algorithm that is not allowed": lambda: issuer.sign(algorithm="RS512"),
    "a key of another kind": lambda: issuer.sign(issuer.curve, "first", "ES256"),
    "alg none": lambda: by_hand({"alg": "none", "kid": "first"}),
    "alg HS256 with the public key": lambda: by_hand(
        {"alg": "HS256", "kid": "first"}, public_key()
    ),
    "tampered": lambda: issuer.sign()[:-8] + "AAAAAAAA",
    "not a token": lambda: "a.b.c",
    "nothing": lambda: "",
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_a_bad_token(call: Call, make: Callable[[], str]) -> None:
    assert refused(call, make())


def test_tokens_of_another_client_are_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not refused(call, issuer.sign(azp="any"))
    monkeypatch.setattr("tokens.CLIENT_ID", "mobile")
    assert not refused(call, issuer.sign(azp="mobile"))
    assert refused(call, issuer.sign(azp="other"))
    assert refused(call, issuer.sign())
    for name in ("client_id", "cid", "appid"):
        assert not refused(call, issuer.sign(**{name: "mobile"}))
    assert refused(call, issuer.sign(sub="mobile", aud=["box-office", "mobile"]))


def test_keys_that_encrypt_sign_nothing(call: Call) -> None:
    issuer.uses = {"first": "enc"}
    assert refused(call, issuer.sign())
    assert not refused(call, issuer.sign(issuer.curve, "curve", "ES256"))


def test_withdrawn_keys_are_forgotten(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not refused(call, issuer.sign())
    issuer.published = {"curve": issuer.curve}
    assert not refused(call, issuer.sign())
    monkeypatch.setattr("keys.FRESH_SECONDS", -1)
    monkeypatch.setattr("keys.PAUSE_SECONDS", 0)
    assert refused(call, issuer.sign())


def test_scopes_are_read_however_the_issuer_writes_them(call: Call) -> None:
    for claims in ({"scope": "read write"}, {"scope": None, "scp": ["read", "write"]}):
        assert call(rest_event(issuer.sign(**claims)))["context"]["scope"] == "read write"


def test_what_API_Gateway_keeps_for_itself_and_long_texts_are_left_out(call: Call) -> None:
    said = {"principalId": "eve", "integrationLatency": 1, "long": "x" * 1025, "short": "x" * 1024}
    context = call(rest_event(issuer.sign(**said)))["context"]
    assert said.keys() & context.keys() == {"short"}


def test_keys_are_fetched_once(call: Call) -> None:
    for _ in range(3):
        assert not refused(call, issuer.sign())
    assert issuer.asked == 1


def test_a_rotated_key_is_found(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not refused(call, issuer.sign())
    second = rsa_key()
    issuer.published = {"second": second}
    monkeypatch.setattr("keys.PAUSE_SECONDS", 0)
    assert not refused(call, issuer.sign(second, "second"))
    assert refused(call, issuer.sign())


def test_invented_keys_are_not_looked_for_each_time(call: Call) -> None:
    for number in range(5):
        assert refused(call, issuer.sign(STRANGER, f"invented-{number}"))
    assert issuer.asked == 1


def test_known_keys_go_on_while_the_issuer_is_away(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not refused(call, issuer.sign())
    issuer.up = False
    monkeypatch.setattr("keys.PAUSE_SECONDS", 0)
    monkeypatch.setattr("keys.FRESH_SECONDS", -1)
    assert not refused(call, issuer.sign())
    assert issuer.asked == 2


def test_without_any_key_it_is_our_fault(call: Call) -> None:
    issuer.up = False
    with pytest.raises(Exception, match="keys can't be had"):
        call(rest_event(issuer.sign()))
    issuer.up = True
    assert not refused(call, issuer.sign())
