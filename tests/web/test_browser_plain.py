"""The rendered page without a framework in a real browser: it signs people in, and shows that the API works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from support.web.accessible import Judge
from support.web.application import Application
from support.web.page import new_person, press, said, sign_in
from support.web.watch import Opened, Watched

CREATE = """([url, token, note]) => fetch(url, {
  method: "POST",
  headers: {Authorization: `Bearer ${token}`, "Content-Type": "application/json"},
  body: JSON.stringify(note),
}).then((answer) => answer.status)"""


@pytest.fixture(scope="module", params=[{"api_path": "/api"}, {}], ids=["same-host", "cors"])
def app(
    request: pytest.FixtureRequest, started: Callable[..., Application], blueprint: Mapping[str, Any]
) -> Application:
    presentation = {"hosting": "s3-cloudfront", "framework": "none", **request.param}
    return started({**blueprint, "presentation": presentation})


def create_note(app: Application, watched: Watched, person: str, text: str) -> None:
    """The page can't: it is made from the browser's console, as the person who is signed in."""
    made = watched.page.evaluate(CREATE, [f"{app.api_url}/notes", app.provider.access_token(person), {"text": text}])
    assert made == 201


def test_people_see_what_is_theirs(app: Application, signed_in: Opened) -> None:
    person = new_person()
    watched = signed_in(person=person)
    page = watched.page
    notes = page.get_by_role("region", name="Notes")
    notes.get_by_text("There are none yet.").wait_for()
    create_note(app, watched, person, "<b>mine</b>")
    page.reload()
    notes.get_by_role("list", name="Notes").get_by_text("<b>mine</b>", exact=True).wait_for()
    press(page, "Sign out")
    page.get_by_role("button", name="Sign in").wait_for()
    notes.get_by_text("Sign in to go on.").wait_for()
    assert (app.provider.sessions, app.provider.grants) == ({}, {})


def test_a_token_that_is_refused_is_told(app: Application, signed_in: Opened) -> None:
    person = new_person()
    watched = signed_in(person=person)
    page = watched.page
    watched.expected.add(401)
    app.provider.ahead_seconds = 4000
    page.reload()
    notes = page.get_by_role("region", name="Notes")
    said(notes, "The incoming token has expired")
    press(page, "Sign out")
    sign_in(page, person)
    notes.get_by_text("There are none yet.").wait_for()


def test_the_page_is_accessible(app: Application, visitor: Opened, judge: Judge) -> None:
    watched = visitor()
    page, person = watched.page, new_person()
    page.goto(app.url)
    page.get_by_role("button", name="Sign in").wait_for()
    judge.look_at(page, "signed out")
    sign_in(page, person)
    create_note(app, watched, person, "kept")
    page.reload()
    page.get_by_text("kept", exact=True).wait_for()
    judge.look_at(page, "lists")
    watched.expected.add(401)
    app.provider.ahead_seconds = 4000
    page.reload()
    said(page.get_by_role("region", name="Notes"), "The incoming token has expired")
    judge.look_at(page, "error")
    assert judge.found == {}
