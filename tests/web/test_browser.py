"""Rendered front ends in a real browser, against the rendered functions: what people do with them, and what they see.

The API stands on the page's own host, or on another one (CORS). What the browser complains about fails every test.
"""

from __future__ import annotations

import re

from support.web.accessible import Judge
from support.web.application import Application
from support.web.internet import Internet
from support.web.page import create_note, details, fill_in, go_to, listed, new_person, press, said, sign_in, tab_to
from support.web.watch import Opened


def test_people_sign_in_and_out(app: Application, hosts: Internet, signed_in: Opened) -> None:
    page = signed_in().page
    assert app.provider.grants
    hosts.asked.clear()
    press(page, "Sign out")
    page.get_by_role("button", name="Sign in").first.wait_for()
    assert app.provider.sessions == {}, "the session at the provider goes on"
    assert app.provider.grants == {}, "the refresh token gives tokens to whoever has it"
    asked = [request.path.rpartition("/")[2] for request, _ in hosts.asked]
    assert asked.index("revoke") < asked.index("logout")
    page.reload()
    page.get_by_role("button", name="Sign in").first.wait_for()


def test_items_are_listed_created_shown_changed_and_deleted(signed_in: Opened) -> None:
    page = signed_in().page
    text = "<img src=x onerror=alert(1)> & more"
    create_note(page, text=text, place="Row 4")
    details(page).get_by_text(text, exact=True).wait_for()
    press(page, "Edit")
    page.get_by_label("Value", exact=True).nth(1).fill("Row 5")
    press(page, "Save")
    page.get_by_role("status").filter(has_text=re.compile(r"\w")).wait_for()
    details(page).get_by_text("Row 5", exact=True).wait_for()
    go_to(page, "notes")
    listed(page, text).click()
    details(page).get_by_text("Row 5", exact=True).wait_for()
    press(page, "Delete")
    dialog = page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="hidden")
    details(page).get_by_text("Row 5", exact=True).wait_for()
    press(page, "Delete")
    dialog.get_by_role("button", name="Delete note").click()
    page.get_by_role("heading", name="Notes", exact=True).wait_for()
    page.get_by_text(text).wait_for(state="hidden")


def test_a_text_of_several_lines_keeps_them_and_the_focus(signed_in: Opened) -> None:
    page = signed_in().page
    go_to(page, "notes")
    press(page, "New note")
    fill_in(page, text="")
    value = page.get_by_label("Value", exact=True)
    page.get_by_label("Type").select_option("JSON")
    value.fill("one\ntwo")
    page.get_by_label("Type").select_option("Text")
    assert value.input_value() == "one\ntwo"
    press(page, "Save")
    details(page).get_by_text("one").wait_for()
    press(page, "Edit")
    value.press("Control+End")
    for _ in "\ntwo":
        page.keyboard.press("Backspace")
    page.keyboard.type(" and only")
    assert value.input_value() == "one and only"
    press(page, "Save")
    details(page).get_by_text("one and only", exact=True).wait_for()


def test_an_address_within_the_page_can_be_reloaded_and_passed_on(app: Application, signed_in: Opened) -> None:
    person = new_person()
    page = signed_in(person=person).page
    url = create_note(page, text="kept")
    page.reload()
    details(page).get_by_text("kept", exact=True).wait_for()
    another = signed_in(url.removeprefix(app.url), person).page
    details(another).get_by_text("kept", exact=True).wait_for()
    assert another.url == url
    page.goto(f"{app.url}/notes")
    listed(page, "kept").wait_for()
    listed(page, "kept").click()
    page.wait_for_url(url)
    page.go_back()
    page.get_by_role("heading", name="Notes", exact=True).wait_for()


def test_the_browser_asks_first_where_the_api_is_elsewhere(
    app: Application, hosts: Internet, signed_in: Opened
) -> None:
    page = signed_in().page
    hosts.asked.clear()
    create_note(page, text="kept")
    answers = [status for request, status in hosts.asked if request.method == "OPTIONS"]
    elsewhere = not app.api_url.startswith(app.url)
    assert set(answers) == ({204} if elsewhere else set())


def test_items_are_made_without_a_mouse(app: Application, visitor: Opened) -> None:
    page = visitor().page
    page.goto(f"{app.url}/notes")
    page.get_by_role("button", name="Sign in").first.wait_for()
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.get_by_label("User name").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type(new_person())
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Notes", exact=True).wait_for()
    for stop, typed in (("New note", None), ("Field name", "text"), ("Value", "by keyboard"), ("Save", None)):
        tab_to(page, stop)
        page.keyboard.type(typed) if typed else page.keyboard.press("Enter")
    details(page).get_by_text("by keyboard", exact=True).wait_for()


def test_who_removes_a_field_goes_on_behind_it(signed_in: Opened) -> None:
    page = signed_in().page
    go_to(page, "notes")
    press(page, "New note")
    tab_to(page, "Remove field")
    page.keyboard.press("Enter")
    page.get_by_label("Field name").wait_for(state="detached")
    page.keyboard.press("Enter")  # on the button that adds one
    page.get_by_label("Field name").wait_for()


def test_pages_are_accessible(app: Application, visitor: Opened, judge: Judge) -> None:
    watched = visitor()
    page = watched.page
    page.goto(app.url)
    page.get_by_role("button", name="Sign in").first.wait_for()
    judge.look_at(page, "signed out")
    sign_in(page, new_person())
    go_to(page, "notes")
    judge.look_at(page, "empty list")
    create_note(page, text="kept")
    judge.look_at(page, "item")
    press(page, "Edit")
    page.get_by_label("Value", exact=True).wait_for()
    judge.look_at(page, "form")
    go_to(page, "notes")
    listed(page, "kept").click()
    press(page, "Delete")
    page.get_by_role("button", name="Delete note").wait_for()
    judge.look_at(page, "dialog")
    watched.expected.add(404)
    page.goto(f"{app.url}/notes/none")
    said(page, "There is no such note")
    judge.look_at(page, "error")
    assert judge.found == {}
