"""Rendered authorizers: which tokens they take, what they tell API Gateway, and that their own tests would notice.

In Node.js too, but for SAML.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.handlers import load, put, pytest_in
from support.nodejs import Function, link, own_tests
from support.rendered import ROOT, rendered, variant
from support.tidy import untidy
from tierforge.blueprint.source import parse
from tierforge.projects import project_of

# By kind of token, the function in tests/blueprints/lambda-authorizer.yaml that checks it.
FUNCTIONS = {"jwt": "authorizer", "introspection": "payments-authorizer", "saml": "partners-authorizer"}
EVENTS = {
    kind: json.loads((ROOT / f"tests/support/authorizer-{kind}.json").read_text())
    for kind in ("token", "request", "http")
}

UNAUTHORIZED = r"\AUnauthorized\Z|'error': 'Error: Unauthorized\\n"  # as Python and as the driver of Node.js say it

# What somebody might break in the code, and that the tests beside it must then fail.
SABOTAGE = {
    "jwt": [
        ("tokens.py", "issuer=ISSUER,", ""),
        ("tokens.py", '"require": list(REQUIRED)', '"require": list(REQUIRED), "verify_aud": False'),
        ("tokens.py", "algorithms=ALGORITHMS", 'algorithms=[*ALGORITHMS, "RS512"]'),
        ("tokens.py", "leeway=LEEWAY_SECONDS", "leeway=3600"),
        ("tokens.py", 'REQUIRED = ("iss", "aud", "exp", "sub")', 'REQUIRED = ("iss", "aud", "sub")'),
        ("tokens.py", '"require": list(REQUIRED)', '"require": list(REQUIRED), "verify_signature": False'),
        ("tokens.py", '"require": list(REQUIRED)', '"require": list(REQUIRED), "verify_nbf": False'),
        ("tokens.py", "if CLIENT_ID and", "if False and"),
        ("tokens.py", '"cid", "appid")', '"sub", "aud")'),
        ("keys.py", "return self._keys[kid]", "return next(iter(self._keys.values()))"),
        ("keys.py", "raise Refused(\"the issuer has no such key\")", "kid = 'first'"),
        ("keys.py", "now - self._fetched > FRESH_SECONDS", "False"),
        ("keys.py", 'key.public_key_use in (None, "sig")', "True"),
        ("keys.py", "stale = kid not in self._keys or", "stale = not self._keys or"),
        ("keys.py", "now - self._tried > PAUSE_SECONDS", "True"),
        ("keys.py", "except (OSError, HTTPException", "except (KeyError, HTTPException"),
        ("errors.py", '"Unauthorized"', '"unauthorized"'),
        ("caller.py", "name not in TAKEN", "True"),
        ("answers.py", 'event.get("version") == "2.0"', '"version" in event'),
        ("answers.py", 'f"{api}/{stage}/*/*"', "method_arn"),
        ("answers.py", 'f"{api}/{stage}/*/*"', 'f"{api}/*"'),
        ("handler.py", '"refused: %s", reason', '"refused: %s %s", reason, event'),
        ("caller.py", r"[^\s,\[\]]{1,256}", ".*"),
    ],
    "introspection": [
        ("tokens.py", 'meaning.get("active") is not True', 'not meaning.get("active")'),
        ("tokens.py", "expires + LEEWAY_SECONDS < time.time()", "False"),
        ("tokens.py", "if AUDIENCES and", "if False and"),
        ("tokens.py", 'meaning.get("iss", ISSUER) != ISSUER', "False"),
        ("tokens.py", "if TOKEN_CLIENT and", "if False and"),
        ("tokens.py", "error.code != 401 or", ""),
        ("tokens.py", "not isinstance(meaning, Mapping) or", ""),
        ("client_secret.py", "if old:", "if False:"),
        ("client_secret.py", 'if _known["value"] is None:', "if True:"),
    ],
    "saml": [
        ("tokens.py", "if assertion.findtext(f\"{SAML}Issuer\") != ENTITY_ID:", "if False:"),
        ("tokens.py", "_check_conditions(assertion)\n    _check", "_check"),
        ("tokens.py", "    _check_confirmation(assertion)\n", ""),
        ("tokens.py", "assertion: Any = result.signed_xml", "assertion: Any = root"),
        ("tokens.py", "x509_cert=CERTIFICATE, ", "ignore_ambiguous_key_info=True, "),
        ("tokens.py", 'location="./",', 'location=".//",'),
        ("tokens.py", "            SignatureMethod.RSA_SHA256,", "            *SignatureMethod,"),
        ("tokens.py", "{DigestAlgorithm.SHA256,", "{DigestAlgorithm.SHA1, DigestAlgorithm.SHA256,"),
        ("tokens.py", "    _check_time(conditions)\n", ""),
        ("tokens.py", "            _check_time(data)\n", ""),
        ("tokens.py", "if not ends or _moment", "if ends and _moment"),
        ("tokens.py", "if begins and _moment", "if False and _moment"),
        ("tokens.py", "LEEWAY = timedelta(seconds=30)", "LEEWAY = timedelta(hours=1)"),
        ("tokens.py", "not restrictions or not all(", "not restrictions or not any("),
        ("tokens.py", "if not restrictions or", "if"),
        ("tokens.py", 'confirmation.get("Method") == BEARER and', ""),
        ("tokens.py", "if RECIPIENT and", "if False and"),
        ("tokens.py", "    if {each.tag for each in conditions}", "    if set()"),
        ("tokens.py", 'or assertion.tag != f"{SAML}Assertion"', ""),
        ("tokens.py", "if root.getroottree().docinfo.doctype:", "if False:"),
        ("tokens.py", "if len(token) > MAX_CHARACTERS:", "if False:"),
    ],
}  # fmt: skip
SABOTAGE_NODEJS = {
    "jwt": [
        ("tokens.mjs", "issuer: OIDC_ISSUER,", ""),
        ("tokens.mjs", "audience: AUDIENCES,", ""),
        ("tokens.mjs", "algorithms: ALGORITHMS", 'algorithms: [...ALGORITHMS, "RS512"]'),
        ("tokens.mjs", "clockTolerance: LEEWAY_SECONDS", "clockTolerance: 3600"),
        ("tokens.mjs", '["iss", "aud", "exp", "sub"]', '["iss", "aud", "sub"]'),
        ("tokens.mjs", "claims.iat !== undefined &&", "false &&"),
        ("tokens.mjs", "if (client &&", "if (false &&"),
        ("tokens.mjs", '"cid", "appid"]', '"sub", "aud"]'),
        ("keys.mjs", "this.#keys.get(kid)", "[...this.#keys.values()][0]"),
        ("keys.mjs", "now - this.#fetched > FRESH_MS", "false"),
        ("keys.mjs", '!["sig", undefined].includes(key.use)', "false"),
        ("keys.mjs", "!this.#keys.has(kid) ||", "this.#keys.size === 0 ||"),
        ("keys.mjs", "now - this.#tried > PAUSE_MS", "true"),
        ("errors.mjs", '"Unauthorized"', '"unauthorized"'),
        ("caller.mjs", "!TAKEN.includes(name)", "true"),
        ("caller.mjs", "[^\\s,[\\]]{1,256}", ".*"),
        ("answers.mjs", 'event.version === "2.0"', '"version" in event'),
        ("answers.mjs", "`${api}/${stage}/*/*`", "methodArn"),
        ("handler.mjs", "error.message)", "error.message, event.headers.Authorization)"),
        ("fetched.mjs", "if (!answer.ok)", "if (false)"),
    ],
    "introspection": [
        ("tokens.mjs", "meaning?.active !== true", "!meaning?.active"),
        ("tokens.mjs", "exp + LEEWAY_SECONDS < Date.now() / 1000", "false"),
        ("tokens.mjs", "if (audiences &&", "if (false &&"),
        ("tokens.mjs", "(iss ?? issuer) !== issuer", "false"),
        ("tokens.mjs", "if (wanted &&", "if (false &&"),
        ("tokens.mjs", "error.status === 401 &&", ""),
        ("client-secret.mjs", "if (old)", "if (false)"),
        ("client-secret.mjs", "if (known === undefined)", "if (true)"),
    ],
}  # fmt: skip
BROKEN = [(kind, *change) for kind, changes in SABOTAGE.items() for change in changes]


def written(folder: Path, kind: str, **said: str) -> Path:
    """The function of a kind, as render writes it."""
    start = f"functions/{FUNCTIONS[kind]}/"
    made = variant("lambda-authorizer", **said) if said else rendered("lambda-authorizer")
    for file in made.files:
        if file.path.startswith(start):
            put(folder / file.path, file.text)
    return folder / start


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow if kind == "introspection" else ()) for kind in FUNCTIONS]
)
def test_its_own_tests_pass_offline(tmp_path: Path, kind: str) -> None:
    done = pytest_in(written(tmp_path, kind))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("runtime", ["python3.14", "nodejs24.x"])
def test_tests_of_a_function_know_whose_tokens_have_scopes(tmp_path: Path, node_modules: Path, runtime: str) -> None:
    """Some of its routes may be for users of Cognito, whose scopes API Gateway checks, others for somebody else's."""
    users = {"method": "lambda-authorizer", "issuer": "https://login.example.com", "audience": "box-office"}
    look = {"route": "GET /reports/{id}", "name": "look", "auth": users, "allow": {"scopes": ["reports"]}}
    said = {
        "name": "box-office",
        "pattern": "mobile-backend",
        "runtime": runtime,
        "auth": {"method": "cognito", "scopes": {"reports": "Read reports"}},
        "resources": {"reports": {"routes": [{"route": "POST /reports", "name": "order"}, look]}},
    }
    source = parse("app.yaml", yaml.safe_dump(said))
    for file in project_of(source, CATALOG, cached=False, linted=False).files:
        if file.path.startswith("functions/reports/"):
            put(tmp_path / file.path, file.text)
    link(tmp_path, node_modules)
    run = pytest_in if runtime.startswith("python") else own_tests
    done = run(tmp_path / "functions/reports")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow  # a whole run of generated tests for each
@pytest.mark.parametrize(("kind", "file", "old", "new"), BROKEN)
def test_its_own_tests_notice(tmp_path: Path, kind: str, file: str, old: str, new: str) -> None:
    folder = written(tmp_path, kind)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    assert pytest_in(folder, "-x").returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", SABOTAGE_NODEJS)
def test_its_own_tests_notice_in_nodejs(tmp_path: Path, kind: str, node_modules: Path) -> None:
    link(tmp_path, node_modules)
    folder = written(tmp_path, kind, runtime="nodejs24.x")
    for file, old, new in SABOTAGE_NODEJS[kind]:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))
        assert own_tests(folder).returncode == 1, (file, old)
        (folder / file).write_text(text)


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_code_is_tidy_and_its_dependencies_are_pinned(tmp_path: Path, kind: str) -> None:
    folder = written(tmp_path, kind)
    assert untidy(folder) == ""
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (folder / name).read_text().splitlines() if (folder / name).exists() else []
        assert all(line.startswith("#") or "==" in line for line in lines)


# What follows needs no test of the project's: tokens are put together by hand, events are those that AWS published.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("authorizer"), "jwt")


@pytest.fixture(scope="module")
def in_nodejs(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Iterator[Function]:
    home = tmp_path_factory.mktemp("authorizer-nodejs")
    link(home, node_modules)
    function = Function(written(home, "jwt", runtime="nodejs24.x"), {})
    yield function
    function.stop()


@pytest.fixture(params=["python", "nodejs"])
def authorizer(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The handler, and an issuer whose keys it fetches over HTTP."""
    provider = _provider(folder)
    for name, value in {**provider.VARIABLES, "TOKEN_SOURCE": "header.Authorization", "GROUPS_CLAIM": "groups"}.items():
        monkeypatch.setenv(name, value)
    if request.param == "nodejs":
        return request.getfixturevalue("in_nodejs"), provider.issuer
    return load(folder, "handler")[0], provider.issuer


@cache
def _provider(folder: Path) -> ModuleType:
    """The issuer of the function's own tests: one for all, as a function reads where its keys are once."""
    return load(folder / "tests", "provider")[0]


def recorded(kind: str, token: str) -> dict[str, Any]:
    """An event that AWS published, with a token of ours in it."""
    event: dict[str, Any] = json.loads(json.dumps(EVENTS[kind]))
    if kind == "token":
        return event | {"authorizationToken": f"Bearer {token}"}
    name = "authorization" if kind == "http" else "Authorization"
    event["headers"][name] = f"Bearer {token}"
    return event


@pytest.mark.parametrize("kind", ["token", "request"])
def test_recorded_events_of_a_rest_api(authorizer: tuple[Any, Any], kind: str) -> None:
    handler, issuer = authorizer
    event = recorded(kind, issuer.sign())
    answer = handler.lambda_handler(event, None)
    assert set(answer) == {"principalId", "policyDocument", "context"}
    (statement,) = answer["policyDocument"]["Statement"]
    api, stage = event["methodArn"].split("/")[:2]
    assert statement == {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [f"{api}/{stage}/*/*"]}
    assert all(isinstance(value, str) for value in answer["context"].values())
    with pytest.raises(Exception, match=UNAUTHORIZED):
        handler.lambda_handler(recorded(kind, issuer.sign(exp=1)), None)


def test_a_recorded_event_of_an_http_api(authorizer: tuple[Any, Any]) -> None:
    handler, issuer = authorizer
    answer = handler.lambda_handler(recorded("http", issuer.sign(scope=None, scp=["read", "write"])), None)
    assert (answer["isAuthorized"], answer["context"]["scope"]) == (True, "read write")
    assert handler.lambda_handler(recorded("http", issuer.sign(aud="x")), None) == {"isAuthorized": False}


def _public_pem(issuer: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem: bytes = issuer.first.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


FORGED: dict[str, Callable[[Any], tuple[dict[str, Any], bytes | None]]] = {
    "none": lambda _: ({"alg": "none"}, None),
    "None": lambda _: ({"alg": "None"}, None),
    "nothing": lambda _: ({}, None),
    "HS256 with the public key": lambda issuer: ({"alg": "HS256"}, _public_pem(issuer)),
    "HS256 with nothing": lambda _: ({"alg": "HS256"}, b""),
    "RS256 that is an HMAC": lambda issuer: ({"alg": "RS256"}, _public_pem(issuer)),
    "its own key": lambda _: ({"alg": "HS256", "jwk": {"kty": "oct", "k": "YQ"}}, b"a"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forged_tokens_are_refused(authorizer: tuple[Any, Any], forge: Callable[..., Any]) -> None:
    handler, issuer = authorizer
    header, secret = forge(issuer)
    good = issuer.sign().split(".")
    start = ".".join([_part(json.dumps({"kid": "first", "typ": "JWT", **header}).encode()), good[1]])
    mac = b"" if secret is None else hmac.new(secret, start.encode(), hashlib.sha256).digest()
    with pytest.raises(Exception, match=UNAUTHORIZED):
        handler.lambda_handler(recorded("request", f"{start}.{_part(mac)}"), None)


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
