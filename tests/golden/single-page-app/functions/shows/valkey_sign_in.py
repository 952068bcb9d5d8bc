"""How the function signs in to Valkey: with a token that its IAM role signs, 15 minutes long."""

from __future__ import annotations

import os

import botocore.session
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

TOKEN_SECONDS = 900


def current() -> tuple[str, str]:
    """User and token for a new connection. Signing needs no network."""
    user = os.environ["SHOWS_CACHE_USER"]
    asked = {"Action": "connect", "User": user, "ResourceType": "ServerlessCache"}
    request = AWSRequest("GET", f"https://{os.environ['SHOWS_CACHE_NAME']}/", params=asked)
    session = botocore.session.get_session()
    region = session.get_config_variable("region")
    signer = SigV4QueryAuth(session.get_credentials(), "elasticache", region, TOKEN_SECONDS)
    signer.add_auth(request)
    return user, str(request.url).removeprefix("https://")


def forget() -> None:
    """Nothing is kept: every connection gets a token of its own."""
