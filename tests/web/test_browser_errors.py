"""What people see of a rendered front end when something is refused, has changed, or is over.

What the browser complains about beside that fails every test.
"""

from __future__ import annotations

import json
import re

import pytest

from support.web.accessible import Heard, Judge, heard
from support.web.application import Application
from support.web.internet import Internet, Response
from support.web.page import create_note, details, go_to, listed, new_person, press, said, sign_in
from support.web.provider import OPEN
from support.web.watch import Opened


def test_an_item_belongs_to_who_made_it(signed_in: Opened) -> None:
    ann, other = signed_in(), signed_in()
    url = create_note(ann.page, text="mine")
    go_to(other.page, "notes")
    other.expected.add(404)
    other.page.goto(url)
    said(other.page, "There is no such note")


def test_a_form_knows_the_schema_and_what_is_refused_can_be_mended(signed_in: Opened) -> None:
    watched = signed_in()
    page = watched.page
    watched.expected.add(400)
    go_to(page, "tickets")
    press(page, "New ticket")
    title, tags = page.get_by_label("Title"), page.get_by_label("Tags")
    title.fill("x")
    page.get_by_label("Seats").fill("4")
    page.get_by_label("Row").select_option("balcony")
    page.get_by_label("Paid").select_option("Yes")
    tags.fill("[gala")
    press(page, "Save")
    page.get_by_role("alert").filter(has_text="Tags is not valid JSON.").wait_for()
    tags.fill('["gala"]')
    press(page, "Save")
    said(page, "too short")
    assert title.input_value() == "x"
    title.fill("Hamlet")
    press(page, "Save")
    for text in ("Hamlet", "4", "balcony", "true", re.compile(r'\[\s*"gala"\s*\]')):
        details(page).get_by_text(text, exact=isinstance(text, str)).wait_for()
    assert page.get_by_role("alert").filter(has_text="too short").count() == 0


def test_what_is_wrong_with_a_field_is_read_out_there(signed_in: Opened, judge: Judge) -> None:
    page = signed_in().page
    go_to(page, "tickets")
    press(page, "New ticket")
    page.get_by_label("Title").fill("Hamlet")
    page.get_by_label("Tags").fill("[gala")
    press(page, "Add field")
    page.get_by_label("Value", exact=True).fill("unnamed")
    faults = [("Tags", "Tags is not valid JSON.", '["gala"]'), ("Field name", "This field has no name.", "box")]
    for number, (field, message, mended) in enumerate(faults):
        press(page, "Save")
        page.locator("[aria-invalid=true]:focus").wait_for()
        assert heard(page) == Heard(field, message, invalid=True)
        assert page.get_by_role("alert").count() == len(faults) - number
        judge.look_at(page, field)
        page.get_by_label(field).fill(mended)
    press(page, "Save")
    details(page).get_by_text("unnamed", exact=True).wait_for()
    assert judge.found == {}


def test_a_change_does_not_undo_one_that_came_between(signed_in: Opened) -> None:
    person = new_person()
    slow, quick = signed_in(person=person), signed_in(person=person)
    url = create_note(slow.page, text="first")
    press(slow.page, "Edit")
    quick.page.goto(url)
    press(quick.page, "Edit")
    quick.page.get_by_label("Value", exact=True).fill("second")
    press(quick.page, "Save")
    details(quick.page).get_by_text("second", exact=True).wait_for()
    slow.expected.add(412)
    slow.page.get_by_label("Value", exact=True).fill("third")
    press(slow.page, "Save")
    said(slow.page, "has been changed")
    slow.page.goto(url)
    details(slow.page).get_by_text("second", exact=True).wait_for()


def test_a_token_that_is_refused_leads_to_sign_in(app: Application, signed_in: Opened) -> None:
    person = new_person()
    watched = signed_in(person=person)
    page = watched.page
    create_note(page, text="kept")
    watched.expected |= {400, 401}
    app.provider.ahead_seconds = 4000
    app.provider.forget_everybody()
    page.get_by_role("navigation").get_by_role("link", name="Notes", exact=True).click()
    sign_in(page, person)
    listed(page, "kept").wait_for()


def test_a_token_that_ends_is_renewed_unnoticed(app: Application, hosts: Internet, signed_in: Opened) -> None:
    page = signed_in().page
    create_note(page, text="kept")
    hosts.asked.clear()
    page.clock.install()
    page.clock.fast_forward(3_700_000)
    app.provider.ahead_seconds = 3700
    page.get_by_role("navigation").get_by_role("link", name="Notes", exact=True).click()
    listed(page, "kept").wait_for()
    renewals = [request for request, _ in hosts.asked if "grant_type=refresh_token" in request.body]
    assert len(renewals) == 1


def test_people_are_signed_out_where_no_token_is_revoked(
    app: Application, signed_in: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = signed_in()
    watched.expected.add(503)
    monkeypatch.setitem(app.provider.routes, "/oauth2/revoke", lambda _: Response(503, OPEN))
    with watched.page.expect_response(f"{app.provider.base}/logout*"):
        press(watched.page, "Sign out")
    watched.page.get_by_role("button", name="Sign in").first.wait_for()
    watched.page.reload()
    watched.page.get_by_role("button", name="Sign in").first.wait_for()


def test_errors_of_the_api_are_not_answered_with_the_page(app: Application, signed_in: Opened) -> None:
    watched = signed_in()
    page = watched.page
    watched.expected |= {403, 404}
    with page.expect_response(f"{app.api_url}/notes/none") as answer:
        page.goto(f"{app.url}/notes/none")
    assert answer.value.status == 404
    assert answer.value.json()["message"] == "There is no such note"
    said(page, "There is no such note")
    ask = """url => fetch(url).then(async (answer) => [answer.status, await answer.text()])"""
    status, text = page.evaluate(ask, f"{app.api_url}/nothing")
    assert (status, json.loads(text)["message"]) == (404, "No such route")
    status, text = page.evaluate(ask, f"{app.url}/assets/nothing.js")
    assert status == 404
    assert "<html" not in text
    status, text = page.evaluate(ask, f"{app.url}/nothing/jane.doe")
    assert status == 200
    assert "<html" in text
