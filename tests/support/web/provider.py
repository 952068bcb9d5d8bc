"""A provider of OpenID Connect with real tokens: signed by its key, for a code with PKCE, refreshed, revoked.

It speaks as Cognito does (endpoints on a domain of their own, `token_use`, `cognito:groups`, a logout without a
standard), or as a third party does (`aud`, an end of the session by the standard).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from support.web.internet import Request, Response

LIFETIME_SECONDS = 3600
OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type", "Cache-Control": "no-store"}
FORM = """\
<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
<form method="post"><label>User name <input name="username" autocomplete="username"></label>
<button>Sign in</button></form>
"""


@dataclass(frozen=True)
class Client:
    """A public client: where it may be sent back to, and what it may ask for."""

    id: str
    callback_urls: tuple[str, ...]
    logout_urls: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass
class Provider:
    """`issuer` without the endpoints' `base` is Cognito's; `audience` is a third party's, for access tokens."""

    issuer: str
    base: str
    client: Client
    audience: str = ""
    ahead_seconds: int = 0  # how far its clock, and that of whoever verifies, is ahead
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    grants: dict[str, dict[str, str]] = field(default_factory=dict)  # by refresh token
    sessions: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # what a client did wrong

    def __post_init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = secrets.token_urlsafe(8)
        root = urlsplit(self.base).path
        self.routes: dict[str, Callable[[Request], Response]] = {
            urlsplit(self.issuer).path.rstrip("/") + "/.well-known/openid-configuration": self._discovery,
            urlsplit(self.issuer).path.rstrip("/") + "/.well-known/jwks.json": lambda _: _json(self.jwks()),
            f"{root}/oauth2/authorize": self._authorize,
            f"{root}/oauth2/token": self._token,
            f"{root}/oauth2/revoke": self._revoke,
            f"{root}/logout": self._logout,
        }

    def __call__(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204, OPEN)
        route = self.routes.get(request.path)
        return route(request) if route else Response(404)

    @property
    def now(self) -> int:
        return int(time.time()) + self.ahead_seconds

    def jwks(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self.kid, "alg": "RS256", "use": "sig"}]}

    def forget_everybody(self) -> None:
        """No session and no refresh token is good any more."""
        self.sessions.clear()
        self.grants.clear()

    def claims(self, token: str, *uses: str) -> Mapping[str, Any]:
        """What a token says. Raises jwt.PyJWTError where it isn't ours, or is over at the provider's time."""
        options = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
        found: dict[str, Any] = jwt.decode(token, self.key.public_key(), ["RS256"], issuer=self.issuer, options=options)
        if found["exp"] <= self.now:
            raise jwt.ExpiredSignatureError("The incoming token has expired")
        if found.get("token_use") not in uses:
            raise jwt.InvalidTokenError("Unauthorized")
        return found

    def access_token(self, user: str) -> str:
        """What somebody who has signed in calls the API with."""
        grant = {"user": user, "scope": " ".join(self.client.scopes), "at": str(self.now)}
        return str(self._tokens(grant, "")["access_token"])

    def _discovery(self, _: Request) -> Response:
        issuer = self.issuer.rstrip("/")
        known = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.base}/oauth2/authorize",
            "token_endpoint": f"{self.base}/oauth2/token",
            "revocation_endpoint": f"{self.base}/oauth2/revoke",
            "end_session_endpoint": f"{self.base}/logout",
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return _json(known)

    def _authorize(self, request: Request) -> Response:
        asked = request.parameters
        if asked.get("client_id") != self.client.id or asked.get("redirect_uri") not in self.client.callback_urls:
            return self._wrong(f"no such client, or a redirect_uri that isn't its own: {asked}")
        scopes = asked.get("scope", "").split()
        if "openid" not in scopes or not set(scopes) <= set(self.client.scopes):
            return self._wrong(f"scopes that the client may not ask for: {scopes}")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return self._wrong("neither code nor PKCE with S256")
        if len(asked.get("code_challenge", "")) != 43 or not asked.get("state"):
            return self._wrong("no challenge of SHA-256, or no state")
        said = parse_qs(request.body).get("username", [""])[0]
        user = said or self.sessions.get(_cookie(request), "")
        if not user:
            return Response(200, {"Content-Type": "text/html; charset=utf-8"}, FORM.encode())
        code, session = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.codes[code] = {**asked, "user": user, "at": str(self.now)}
        self.sessions[session] = user
        query = urlencode({"code": code, "state": asked["state"]})
        cookie = f"session={session}; Path=/; Secure; HttpOnly; SameSite=Lax"
        return Response(302, {"Location": f"{asked['redirect_uri']}?{query}", "Set-Cookie": cookie})

    def _token(self, request: Request) -> Response:
        said = {name: values[0] for name, values in parse_qs(request.body).items()}
        if said.get("client_id") != self.client.id:
            return self._error("invalid_client", f"not our client: {said}")
        if said.get("grant_type") == "refresh_token":
            grant = self.grants.get(said.get("refresh_token", ""))
            if grant is None:  # what a page has to live with: nothing is wrong with the client
                return _json({"error": "invalid_grant"}, 400)
            return _json(self._tokens(grant, said["refresh_token"]))
        grant = self.codes.pop(said.get("code", ""), None)
        if grant is None or said.get("redirect_uri") != grant["redirect_uri"]:
            return self._error("invalid_grant", "a code that was never given, or used before, or for another address")
        digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant["code_challenge"]:
            return self._error("invalid_grant", "the verifier isn't what the challenge was made of")
        refresh = secrets.token_urlsafe(32)
        self.grants[refresh] = grant
        return _json(self._tokens(grant, refresh))

    def _tokens(self, grant: Mapping[str, str], refresh: str) -> dict[str, Any]:
        user = grant["user"]
        sub = hashlib.sha256(user.encode()).hexdigest()[:32]
        common = {"iss": self.issuer, "sub": sub, "iat": self.now, "exp": self.now + LIFETIME_SECONDS}
        common |= {"auth_time": int(grant["at"]), "jti": secrets.token_hex(8)}
        person = {"email": f"{user}@example.com", "email_verified": True, "nonce": grant.get("nonce")}
        access: dict[str, Any] = {**common, "scope": grant["scope"], "client_id": self.client.id}
        identity: dict[str, Any] = {**common, **person, "aud": self.client.id}
        if self.audience:
            access |= {"aud": self.audience, "groups": ["agents"]}
        else:
            access |= {"token_use": "access", "username": user, "version": 2, "cognito:groups": ["agents"]}
            identity |= {"token_use": "id", "cognito:username": user, "cognito:groups": ["agents"]}
        return {
            "access_token": self.signed(access),
            "id_token": self.signed({name: value for name, value in identity.items() if value is not None}),
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
        }

    def signed(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self.key, "RS256", {"kid": self.kid})

    def _revoke(self, request: Request) -> Response:
        said = {name: values[0] for name, values in parse_qs(request.body).items()}
        if said.get("client_id") != self.client.id:
            return self._error("invalid_client", f"not our client: {said}")
        self.grants.pop(said.get("token", ""), None)
        return Response(200, OPEN)

    def _logout(self, request: Request) -> Response:
        asked = request.parameters
        to = asked.get("post_logout_redirect_uri" if self.audience else "logout_uri")
        by = asked.get("client_id")
        if self.audience and "id_token_hint" in asked:
            by = jwt.decode(asked["id_token_hint"], self.key.public_key(), ["RS256"], audience=self.client.id)["aud"]
        if by != self.client.id or to not in self.client.logout_urls:
            return self._wrong(f"a logout of no client of ours, or to an address that isn't its own: {asked}")
        self.sessions.pop(_cookie(request), None)
        return Response(302, {"Location": str(to), "Set-Cookie": "session=; Path=/; Max-Age=0"})

    def _wrong(self, why: str) -> Response:
        self.refused.append(why)
        return Response(400, {"Content-Type": "text/html"}, html.escape(why).encode())

    def _error(self, error: str, why: str) -> Response:
        self.refused.append(why)
        return _json({"error": error}, 400)


def _json(said: object, status: int = 200) -> Response:
    return Response(status, {"Content-Type": "application/json", **OPEN}, json.dumps(said).encode())


def _cookie(request: Request) -> str:
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == "session"), "")
