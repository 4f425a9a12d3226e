"""No page is forgotten: every address that can be opened is in the list that all checks and pictures go over."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.routing import Route

from consentry.web import routes
from consentry.web.pages.render import TEMPLATES, page
from tests.builders import client
from tests.web.dashboard.conftest import Place, placed
from tests.web.pages.catalogue import HOSTILE, NO_PAGES, PAGES, STANDING
from tests.web.pages.reading import Reading

pytestmark = pytest.mark.anyio

# What is seen there needs a step before, or is an answer to a form: tests/journeys go there.
LATER = {
    "/authorize",
    "/device/answer",
    "/login/code",
    "/logout",
    "/account/security/second-factor/codes",
    "/account/security/second-factor/off",
}
NOBODY = {"/login", "/signup", "/reset-password", "/verify-email", "/account/keep-email", "/mcp/{slug}"}


@pytest.fixture
async def place(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    async with placed(tmp_path, signup="open", smtp_url="smtp://127.0.0.1:9", registration="approval") as made:
        made_for = replace(client(), deployment_id="d_1")
        await made.here.installation.store.write(lambda tx: tx.add_client(made_for))
        yield made


def _opened(route: Route) -> str | None:
    """The path of a route that a browser can open or send a form to."""
    if "OPTIONS" in (route.methods or ()) or route.path == "/static/{file:path}":
        return None
    return (route.path.rstrip("/") or "/") if "GET" in (route.methods or ()) else None


async def test_every_address_that_can_be_opened_is_a_page_in_the_list_or_said_to_be_none(place: Place) -> None:
    opened = {_opened(route) for route in routes.build(place.here.app._site()).routes} - {None}
    assert opened == (set(STANDING) | set(NO_PAGES)) - {"/device/answer", "/logout"}  # these are only sent to


async def test_what_is_said_to_be_no_page_is_none(place: Place) -> None:
    for path in NO_PAGES:
        response = await place.operator.browser.get(path.format(slug="reminders", digest="0"))
        assert response.status_code in {200, 404}, path
        assert response.status_code == 404 or "text/html" not in response.headers["content-type"], path


async def test_the_pages_in_the_list_ask_for_what_the_pages_that_are_served_ask_for(place: Place) -> None:
    for path, names in STANDING.items():
        if path in LATER:
            continue
        who = place.nobody if path in NOBODY else place.operator
        response = await who.browser.get(path.format(slug="reminders", client_id="client_1"))
        assert response.headers["content-type"].startswith("text/html"), path
        shown = {fields for name in names for fields in _asked(page(PAGES[name][0], chrome=PAGES[name][1]))}
        assert _asked(response.text) <= shown, path


def test_every_page_in_the_list_stands_somewhere_and_every_template_is_in_it() -> None:
    assert {name for names in STANDING.values() for name in names} == set(PAGES)
    assert {type(view) for view, _ in PAGES.values()} == set(TEMPLATES)
    assert not set(PAGES) & set(HOSTILE)


def _asked(html: str) -> set[tuple[str, ...]]:
    """The fields of each form."""
    return {tuple(sorted(form.inputs)) for form in Reading(html).forms}
