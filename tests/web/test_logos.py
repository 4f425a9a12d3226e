"""The logo of a client with a document: fetched by us, shown from our own address, or not at all."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.pictures import gif, jpeg, png, webp_extended
from tests.strangers import HOST
from tests.web.documented import Documented, documented
from tests.web.world import REDIRECT_URI

pytestmark = pytest.mark.anyio

LOGO = "/logo.png"
LOGO_URI = f"https://{HOST}{LOGO}"


@pytest.fixture
async def there(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Documented]:
    async with documented(tmp_path) as built:
        built.publish(logo_uri=LOGO_URI)
        await built.here.sign_in()
        yield built


async def shown(there: Documented, redirect_uri: str = REDIRECT_URI) -> str | None:
    """Where the consent page has the logo from."""
    page = await there.ask(redirect_uri=redirect_uri)
    assert page.status_code == 200
    found = re.search(r'<img class="logo" src="([^"]*)"', page.text)
    return found[1] if found else None


@pytest.mark.proves("B8")
@pytest.mark.parametrize(
    ("image", "media_type"),
    [
        (png(40, 40), "image/png"),
        (gif(40, 40), "image/gif"),
        (jpeg(40, 40), "image/jpeg"),
        (webp_extended(1024, 1024), "image/webp"),
    ],
)
async def test_the_logo_comes_from_our_own_address_as_what_it_is(
    there: Documented, image: bytes, media_type: str
) -> None:
    there.web.say(LOGO, image, "Content-Type: text/html")
    path = await shown(there)
    assert path is not None
    assert path.startswith("/client-logo/")
    answer = await there.here.browser.get(path)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, image, media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    await there.ask()
    assert there.web.paths().count(LOGO) == 1


@pytest.mark.proves("B8")
@pytest.mark.parametrize(
    "image",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html>",
        b"",
        png(1025, 10),
        png(10, 60_000),
        png(0, 10),
        png(40, 40) + b"\0" * 65_536,
    ],
)
async def test_what_is_no_small_picture_is_not_shown(there: Documented, image: bytes) -> None:
    there.web.say(LOGO, image, "Content-Type: image/png")
    assert await shown(there) is None


@pytest.mark.parametrize(
    "uri",
    [f"http://{HOST}/logo.png", "data:image/png;base64,AA", "javascript:alert(1)", "https://10.0.0.1/a", "/logo.png"],
)
async def test_a_logo_that_may_not_be_asked_for_is_not(there: Documented, uri: str) -> None:
    there.web.say(LOGO, png(40, 40))
    there.web.names["10.0.0.1"] = [("10.0.0.1",)]
    there.publish(logo_uri=uri)
    assert await shown(there) is None
    assert LOGO not in there.web.paths()


async def test_a_logo_that_was_changed_or_withdrawn_follows_its_document(there: Documented) -> None:
    there.web.say(LOGO, png(40, 40))
    there.web.say("/new.png", png(41, 41))
    first = await shown(there)
    there.publish(logo_uri=f"https://{HOST}/new.png")
    there.here.clock.now += 3600
    second = await shown(there)
    assert None not in {first, second}
    assert first != second
    there.publish()
    there.here.clock.now += 3600
    assert await shown(there) is None
    assert first is not None
    assert (await there.here.browser.get(first)).status_code == 404


async def test_no_logo_stands_beside_a_program_that_cannot_be_checked_or_a_name_that_was_made_up(
    there: Documented,
) -> None:
    there.web.say(LOGO, png(40, 40))
    there.publish(logo_uri=LOGO_URI, redirect_uris=["http://localhost/cb"])
    assert await shown(there, redirect_uri="http://localhost:1234/cb") is None
    registered = await there.here.register(logo_uri=LOGO_URI)
    page = await there.here.ask(registered["client_id"])
    assert page.status_code == 200
    assert 'class="logo"' not in page.text
    assert there.web.paths().count(LOGO) == 1
