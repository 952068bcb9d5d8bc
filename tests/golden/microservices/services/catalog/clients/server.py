"""Calls the API from a server or a desktop: credentials come from the role or profile that runs it (botocore)."""

from __future__ import annotations

import os
import sys
import urllib.request

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

# s3 and dynamodb sign for these: what the credentials reach of them besides.
SERVICE = os.environ.get("AWS_SERVICE", "execute-api")
REGION = "us-east-1"


def call(url: str, method: str = "GET", body: bytes = b"") -> bytes:
    """The answer to a signed request."""
    request = AWSRequest(method, url, {"Content-Type": "application/json"} if body else {}, body)
    signer = S3SigV4Auth if SERVICE == "s3" else SigV4Auth
    signer(Session().get_credentials(), SERVICE, REGION).add_auth(request)
    headers = dict(request.headers.items())
    sent = urllib.request.Request(url, body or None, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(sent, timeout=30) as answer:  # noqa: S310
        return bytes(answer.read())


if __name__ == "__main__":
    # python server.py https://….execute-api.….amazonaws.com/STAGE/PATH
    print(call(sys.argv[1]).decode())
