"""What people do on a page, and what they look for: by the names that are read to those who can't see it."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

NOTE = re.compile(r"/notes/[^/?]+$")
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PEOPLE = (f"ann{number}" for number in itertools.count())
STOPS = 40  # more than any page has
FOCUSED = """() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return ["", true];
  const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
  const style = getComputedStyle(element);
  return [name.trim(), style.outlineStyle !== "none" || style.boxShadow !== "none"];
}"""


def new_person() -> str:
    """The name of somebody who was never here."""
    return next(PEOPLE)


def sign_in(page: Page, person: str) -> None:
    """By the page's button, and by the provider's form."""
    page.get_by_role("button", name="Sign in").first.click()
    page.get_by_label("User name").fill(person)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def go_to(page: Page, resource: str) -> None:
    """Open the list of a resource by the navigation."""
    page.get_by_role("navigation").get_by_role("link", name=resource.capitalize(), exact=True).click()
    page.get_by_role("heading", name=resource.capitalize(), exact=True).wait_for()


def press(page: Page, name: str) -> None:
    """Click what does something or leads somewhere by its name."""
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).click()


def fill_in(page: Page, **fields: str) -> None:
    """Give the fields of an item names and values, a row each."""
    page.get_by_label("Field name").first.wait_for()
    for number, (name, value) in enumerate(fields.items()):
        if page.get_by_label("Field name").count() <= number:
            press(page, "Add field")
        page.get_by_label("Field name").nth(number).fill(name)
        page.get_by_label("Value", exact=True).nth(number).fill(value)


def create_note(page: Page, **fields: str) -> str:
    """Make a note by its form; the page's path then, which is the note's."""
    go_to(page, "notes")
    press(page, "New note")
    fill_in(page, **fields)
    press(page, "Save")
    page.wait_for_url(NOTE)
    details(page).get_by_text(next(iter(fields.values())), exact=True).wait_for()
    return page.url


def listed(page: Page, text: str) -> Locator:
    """The way from a list to the item that is called `text`."""
    return page.get_by_role("main").get_by_role("link").filter(has_text=text)


def details(page: Page) -> Locator:
    """The fields of an item."""
    return page.locator("dl")


def said(page: Page | Locator, *words: str) -> None:
    """Wait for an error that says `words`, and the id of the request in the API's logs."""
    alert = page.get_by_role("alert")
    for word in words:
        alert.filter(has_text=word).wait_for()
    assert REQUEST_ID.search(alert.inner_text())


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is named so has the focus; whatever has it on the way shows that it has."""
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).or_(
        page.get_by_label(name, exact=True)
    ).first.wait_for()
    passed = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        focused, shown = page.evaluate(FOCUSED)
        passed.append(focused)
        if focused:
            assert shown, f"nothing shows that {focused} has the focus"
        if focused == name:
            return
    raise AssertionError(f"Tab never comes to {name}, but to {passed}")
