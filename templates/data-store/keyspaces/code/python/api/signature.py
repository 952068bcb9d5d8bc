"""How the function signs in to Keyspaces: with a signature of its role (SigV4) under what the server asks."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote

import boto3
from botocore.credentials import ReadOnlyCredentials
from cassandra.auth import Authenticator, AuthProvider


class RoleAuthProvider(AuthProvider):
    """Signs every new connection in, with the credentials that the role has at that moment."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    def new_authenticator(self, _: str) -> Authenticator:
        return RoleAuthenticator(self._session)


class RoleAuthenticator(Authenticator):
    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    def initial_response(self) -> bytes:
        return b"SigV4\0\0"

    def evaluate_challenge(self, challenge: bytes) -> bytes:
        credentials = self._session.get_credentials().get_frozen_credentials()
        region = self._session.region_name
        return signed(challenge.decode(), credentials, region, datetime.now(UTC)).encode()


def signed(challenge: str, by: ReadOnlyCredentials, region: str, now: datetime) -> str:
    """The answer to a challenge, `nonce=...`."""
    found = re.search(r"(?<=nonce=)\w{32}", challenge)
    time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    scope = [f"{now:%Y%m%d}", region, "cassandra", "aws4_request"]
    query = "&".join(
        [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            f"X-Amz-Credential={quote('/'.join([by.access_key, *scope]), safe='')}",
            f"X-Amz-Date={quote(time, safe='')}",
            "X-Amz-Expires=900",
        ]
    )
    nonce = _digest(found.group() if found else "")
    request = "\n".join(["PUT", "/authenticate", query, "host:cassandra", "", "host", nonce])
    text = "\n".join(["AWS4-HMAC-SHA256", time, "/".join(scope), _digest(request)])
    key = f"AWS4{by.secret_key}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    token = f",session_token={by.token}" if by.token else ""
    return f"signature={signature},access_key={by.access_key},amzdate={time}{token}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
