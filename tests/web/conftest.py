"""A browser, and applications for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from support.front_ends import BUILT
from support.nodejs import installed
from support.servers import home
from support.web.accessible import Judge
from support.web.application import Application, start
from support.web.chromium import browser
from support.web.internet import Internet, internet
from support.web.page import new_person, sign_in
from support.web.watch import Opened, Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Start = Callable[[Mapping[str, Any]], Application]

API_PATHS: dict[str, dict[str, str]] = {"same-host": {"api_path": "/api"}, "cors": {}}
BLUEPRINT: dict[str, Any] = {
    "name": "box-office",
    "pattern": "mobile-backend",
    "profile": "dev",
    "auth": {"method": "cognito"},
    "resources": {
        "tickets": {
            "operations": ["list", "create", "read", "update", "delete"],
            "data_store": "tickets",
            "owner": True,
            "request_schema": {
                "type": "object",
                "properties": {
                    "title": {"type": "string", "minLength": 3},
                    "seats": {"type": "integer"},
                    "row": {"enum": ["stalls", "balcony"]},
                    "paid": {"type": "boolean"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["title"],
            },
        },
        "notes": {
            "operations": ["list", "create", "read", "update", "delete"],
            "data_store": "notes",
            "owner": True,
        },
    },
    "data_stores": {"tickets": {"type": "dynamodb"}, "notes": {"type": "dynamodb"}},
}
SECONDS = 30  # for what takes a fraction of one: only what never comes takes so long


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder need a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.web)


@pytest.fixture(scope="module")
def hosts() -> Iterator[Internet]:
    with home("web") as folder, internet(folder) as made:
        yield made


@pytest.fixture(scope="module")
def chromium(hosts: Internet) -> Iterator[Browser]:
    """Closed after each module: what drives it keeps an event loop running, which other tests could not have."""
    with browser(hosts.port) as made:
        yield made


@pytest.fixture
def judge() -> Judge:
    """Of accessibility, who has found nothing yet."""
    return Judge((installed(Path(__file__).parent) / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def started(hosts: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts the application of a blueprint, in an emulated AWS of its own; the one before it is gone."""
    running = []

    def made(blueprint: Mapping[str, Any]) -> Application:
        while running:
            running.pop().stop()
        running.append(mock_aws())
        running[-1].start()
        return start(hosts, blueprint, tmp_path_factory.mktemp("application"))

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(hosts.ca_bundle))  # for functions that ask a provider for its keys
        yield made
    while running:
        running.pop().stop()


@pytest.fixture(scope="module")
def blueprint() -> Mapping[str, Any]:
    """An application without its presentation: of tickets is known what they have, of notes nothing."""
    return BLUEPRINT


@pytest.fixture(scope="module", params=[(f, host) for f in BUILT for host in API_PATHS], ids="-".join)
def app(request: pytest.FixtureRequest, started: Start, blueprint: Mapping[str, Any]) -> Application:
    """The application with each front end, its API on the page's host and elsewhere."""
    framework, host = request.param
    presentation = {"hosting": "s3-cloudfront", "framework": framework, **API_PATHS[host]}
    return started({**blueprint, "presentation": presentation})


@pytest.fixture
def signed_in(app: Application, visitor: Opened) -> Opened:
    """Opens a path of the page as somebody who signs in for it."""

    def made(path: str = "/", person: str = "") -> Watched:
        watched = visitor()
        watched.page.goto(app.url + path)
        sign_in(watched.page, person or new_person())
        return watched

    return made


@pytest.fixture
def visitor(app: Application, chromium: Browser) -> Iterator[Opened]:
    """Opens browsers of people who never were here.

    What their consoles complain about fails the test, and what the provider was asked for that it does not give.
    """
    app.provider.ahead_seconds = 0
    contexts, watched = [], []

    def made() -> Watched:
        context = chromium.new_context(ignore_https_errors=True)
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        watched.append(Watched(context.new_page()))
        return watched[-1]

    yield made
    for context in contexts:
        context.close()
    assert app.provider.refused == []
    assert [complaint for each in watched for complaint in each.complaints] == []
