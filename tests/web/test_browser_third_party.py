"""A rendered front end whose people are signed in by a third party; the rendered authorizer checks its tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.web.application import Application
from support.web.internet import Internet
from support.web.page import create_note, details, press
from support.web.watch import Opened


@pytest.fixture(scope="module")
def app(started: Callable[..., Application], hosts: Internet, blueprint: dict[str, object]) -> Application:
    auth = {
        "method": "lambda-authorizer",
        "issuer": f"https://localhost:{hosts.port}/",
        "audience": "box-office",
        "client_id": "box-office-web",
    }
    presentation = {"hosting": "s3-cloudfront", "framework": "react"}
    return started({**blueprint, "auth": auth, "presentation": presentation})


def test_the_authorizer_takes_the_tokens_of_a_third_party(app: Application, signed_in: Opened) -> None:
    page = signed_in().page
    create_note(page, text="kept")
    details(page).get_by_text("kept", exact=True).wait_for()
    press(page, "Sign out")
    page.get_by_role("button", name="Sign in").first.wait_for()
    assert (app.provider.sessions, app.provider.grants) == ({}, {})


def test_the_authorizer_refuses_tokens_that_are_for_somebody_else(app: Application, signed_in: Opened) -> None:
    watched = signed_in()
    watched.expected.add(401)
    claims = {"iss": app.provider.issuer, "sub": "ann", "exp": app.provider.now + 60, "client_id": "box-office-web"}
    tokens = [app.provider.signed({**claims, "aud": audience}) for audience in ("box-office", "another")]
    ask = "([url, token]) => fetch(url, {headers: {Authorization: `Bearer ${token}`}}).then((answer) => answer.status)"
    assert [watched.page.evaluate(ask, [f"{app.api_url}/notes", token]) for token in tokens] == [200, 401]
