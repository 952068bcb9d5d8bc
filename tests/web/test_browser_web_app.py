"""The pattern web-app in a real browser: on Amplify Hosting with a REST API, or behind CloudFront with an HTTP API.

Items in a nested path, lists of several pages, what is a file. What the browser complains about fails every test.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from support.front_ends import BUILT
from support.rendered import ROOT
from support.web.application import Application
from support.web.page import REQUEST_ID, fill_in, go_to, listed, new_person, press
from support.web.watch import Opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTED: dict[str, dict[str, Any]] = {
    "amplify-rest": {"presentation": {"hosting": "amplify"}},
    "cloudfront-http": {"presentation": {"hosting": "s3-cloudfront"}, "api": {"type": "http"}},
}
PAGE = 25  # items of a list's page where nobody says how many
CREATE = """([url, token, titles]) => Promise.all(titles.map((title) => fetch(url, {
  method: "POST",
  headers: {Authorization: `Bearer ${token}`, "Content-Type": "application/json"},
  body: JSON.stringify({title}),
}))).then((answers) => answers.map((answer) => answer.status))"""
FETCHED = """(paths) => Promise.all(paths.map((path) => fetch(path).then(async (answer) =>
  [answer.status, (await answer.text()).includes("<html"), answer.headers.get("x-frame-options") === "DENY"])))"""

REFUSED = """(url) => fetch(url).then(async (answer) =>
  (await answer.json()).requestId ?? answer.headers.get("apigw-requestid"))"""


@pytest.fixture(scope="module", params=zip(BUILT, cycle(HOSTED), strict=False), ids="-".join)
def app(request: pytest.FixtureRequest, started: Callable[..., Application]) -> Application:
    """The application with each front end, in either place by turns."""
    framework, place = request.param
    blueprint = yaml.safe_load((ROOT / "blueprints" / "web-app.yaml").read_text(encoding="utf-8")) | HOSTED[place]
    blueprint["presentation"] = {**blueprint["presentation"], "framework": framework}
    return started(blueprint)


def add(page: Page, kind: str, text: str) -> None:
    """Make an item with a text, which is then shown."""
    press(page, f"New {kind}")
    fill_in(page, text=text)
    press(page, "Save")
    page.get_by_text(text, exact=True).last.wait_for()


def test_items_have_items_of_their_own(app: Application, signed_in: Opened) -> None:
    person = new_person()
    page = signed_in(person=person).page
    go_to(page, "books")
    for title in ("Emma", "Persuasion"):
        add(page, "book", title)
        press(page, "Back to Books")
    listed(page, "Emma").click()
    page.get_by_role("main").get_by_role("link", name="Reviews", exact=True).click()
    page.get_by_text("There are none yet.").wait_for()
    add(page, "review", "Handsome, clever, and rich")
    another = signed_in(page.url.removeprefix(app.url), person).page
    another.get_by_text("Handsome, clever, and rich", exact=True).wait_for()
    go_to(page, "books")
    listed(page, "Persuasion").click()
    page.get_by_role("main").get_by_role("link", name="Reviews", exact=True).click()
    page.get_by_text("There are none yet.").wait_for()


def test_a_list_is_shown_page_by_page(app: Application, signed_in: Opened) -> None:
    person = new_person()
    page = signed_in(person=person).page
    titles = [f"Volume {number}" for number in range(2 * PAGE + 10)]
    made = page.evaluate(CREATE, [f"{app.api_url}/books", app.provider.access_token(person), titles])
    assert set(made) == {201}
    go_to(page, "books")
    items = page.get_by_role("list", name="Books").get_by_role("listitem")
    for shown in (PAGE, 2 * PAGE):
        items.nth(shown - 1).wait_for()
        assert items.count() == shown
        press(page, "Load more")
        page.locator(f".items > li:nth-child({shown + 1}):focus").wait_for()  # where those who listen go on
    items.nth(len(titles) - 1).wait_for()
    assert page.get_by_role("button", name="Load more").count() == 0
    assert sorted(items.all_inner_texts()) == sorted(titles)


def test_addresses_of_the_page_are_told_from_files(app: Application, signed_in: Opened) -> None:
    watched = signed_in()
    watched.expected.add(404)
    paths = ["/books/jane.doe?edit", "/assets/none.js", "/.well-known/none", "/runtime-config.json"]
    found = watched.page.evaluate(FETCHED, paths)
    assert found == [[200, True, True], [404, False, True], [404, False, True], [200, False, True]]


def test_a_page_can_tell_which_request_the_api_refused(app: Application, signed_in: Opened) -> None:
    watched = signed_in()
    watched.expected |= {403, 404}
    assert REQUEST_ID.fullmatch(watched.page.evaluate(REFUSED, f"{app.api_url}/none"))
