"""/dashboard/people: an operator invites, looks through accounts, closes and opens them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consentry.accounts import inviting, links
from consentry.accounts.model import Account
from consentry.accounts.people import After
from consentry.grants import removal
from consentry.parts import account_terms
from consentry.store.sql import Transaction
from consentry.web.dashboard.people import PEOPLE_A_PAGE
from tests.stores import BOTH, settings
from tests.web.dashboard.conftest import OPERATOR_EMAIL, Place, filled, placed
from tests.web.mailbox import Mailbox
from tests.web.pages.reading import Reading
from tests.web.test_membership import NEW, NEW_PASSWORD, fill
from tests.web.test_sign_in import events
from tests.web.world import EMAIL, OTHER_EMAIL, PASSWORD_HASH

pytestmark = pytest.mark.anyio

PAGE = "/dashboard/people"


@pytest.fixture(params=BOTH)
async def place(request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Place]:
    chosen: dict[str, Any] = await settings(request, tmp_path)
    async with placed(tmp_path, **chosen) as made:
        yield made


async def invited(place: Place, page: Reading, **typed: str) -> httpx2.Response:
    """Sends the form that invites."""
    form = next(form for form in page.forms if "email" in form.inputs)
    return await place.operator.browser.post(form.action, data=filled(form) | typed)


def handed(place: Place, page: httpx2.Response) -> str:
    """The path of the link that the page shows."""
    link = page.text.split('id="fresh-link">')[1].split("</code>")[0].replace("<wbr>", "")
    return link.removeprefix(place.here.installation.addresses.origin)


async def names(place: Place) -> list[str]:
    return [event.name for event in await events(place.here)]


@pytest.mark.proves("C27")
async def test_somebody_is_invited_by_a_link_that_is_shown_once_and_makes_their_account(place: Place) -> None:
    operator = place.operator
    made = await invited(place, await operator.open(PAGE), email=NEW)
    assert made.status_code == 200
    path = handed(place, made)
    listed = await operator.open(PAGE)
    assert NEW in listed.text
    assert "token=" not in listed.text
    place.here.browser = place.nobody.browser
    joined = await fill(place.here, path, password=NEW_PASSWORD, name="Ada the second")
    assert joined.headers["location"] == "/account"
    after = await operator.open(PAGE)
    assert "None is open" in after.text
    assert "calls itself Ada the second" in after.text
    assert await names(place)
    told = [event for event in await events(place.here) if event.name == "account:invitation:created"]
    assert [event.account_id for event in told] == ["account_3"]


async def test_an_invitation_goes_by_mail_where_there_is_mail(tmp_path: Path, mailbox: Mailbox) -> None:
    async with placed(tmp_path, mail=mailbox) as place:
        operator = place.operator
        page = await operator.open(
            (await invited(place, await operator.open(PAGE), email=NEW, way="mail")).headers["location"]
        )
        assert "on its way" in page.text
        assert await mailbox.link(place.here, NEW)
        shown = await invited(place, page, email=NEW, way="link")
        assert "token=" in handed(place, shown)
        assert await mailbox.brought(place.here) == []


async def test_an_invitation_is_taken_back_and_one_address_has_one(place: Place) -> None:
    operator = place.operator
    links = []
    for spelling in (NEW, NEW.upper()):
        made = await invited(place, await operator.open(PAGE), email=spelling)
        links.append(handed(place, made))
    page = await operator.open(PAGE)
    assert page.text.count("Take back") == 1
    first, second = links
    assert [(await place.nobody.browser.get(link)).status_code for link in (first, second)] == [400, 200]
    taken = await operator.pressed(PAGE, f"{PAGE}/withdraw")
    assert "taken back" in taken.text
    assert (await place.nobody.browser.get(second)).status_code == 400
    for reference in ("", "zz", "00" * 32):
        gone = await operator.press(page, f"{PAGE}/withdraw", invitation=reference)
        assert gone.headers["location"] == PAGE
    assert (await names(place)).count("account:invitation:withdrawn") == 1


@pytest.mark.parametrize(
    ("email", "status", "sentence"),
    [("ada", 400, "no email address"), (EMAIL.upper(), 409, "an account with this address already")],
)
async def test_what_is_wrong_with_an_invitation_is_said(place: Place, email: str, status: int, sentence: str) -> None:
    refused = await invited(place, await place.operator.open(PAGE), email=email)
    assert (refused.status_code, sentence in refused.text) == (status, True)
    assert "account:invitation:created" not in await names(place)


async def test_where_sign_up_is_closed_the_page_says_so_and_invites_nobody(tmp_path: Path) -> None:
    async with placed(tmp_path, signup="closed") as place:
        page = await place.operator.open(PAGE)
        assert "Sign-up is closed here" in page.text
        csrf = next(form.inputs["csrf"]["value"] for form in page.forms if form.action == "/logout")
        refused = await place.operator.browser.post(PAGE, data={"csrf": csrf, "email": NEW})
        assert (refused.status_code, "Sign-up is closed" in refused.text) == (400, True)


@pytest.mark.proves("C27")
async def test_an_account_is_closed_at_once_and_opened_again(place: Place) -> None:
    operator, here = place.operator, place.here
    here.browser = place.owner.browser
    _, tokens = await here.connect()
    assert (await here.call(tokens["access_token"])).status_code != 401
    page = await operator.open(f"{PAGE}?search=ADA%40")
    assert OTHER_EMAIL not in page.text
    closed = await operator.press(page, f"{PAGE}/disable")
    assert "is disabled" in (await operator.open(closed.headers["location"])).text
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert (await place.owner.browser.get("/account")).status_code == 303
    assert (await here.sign_in()).status_code == 401
    page = await operator.open(f"{PAGE}?search=ada%40")
    assert "disabled" in page.text
    opened = await operator.press(page, f"{PAGE}/enable")
    assert "can sign in" in (await operator.open(opened.headers["location"])).text
    assert (await here.sign_in()).status_code == 303
    again = await operator.press(page, f"{PAGE}/enable", account_id="nobody")
    assert again.headers["location"] == PAGE
    assert {"account:account:disabled", "account:account:enabled"} <= set(await names(place))


async def test_an_operator_does_not_close_the_door_behind_themselves(place: Place) -> None:
    page = await place.operator.open(f"{PAGE}?search={OPERATOR_EMAIL}")
    assert all(not form.action.endswith("disable") for form in page.forms)
    csrf = next(form.inputs["csrf"]["value"] for form in page.forms if form.action == "/logout")
    refused = await place.operator.browser.post(f"{PAGE}/disable", data={"csrf": csrf, "account_id": "account_3"})
    assert (refused.status_code, "your own account" in refused.text) == (409, True)
    assert (await place.operator.browser.get(PAGE)).status_code == 200


async def test_people_are_leafed_through_and_searched(place: Place) -> None:
    count = PEOPLE_A_PAGE + 7

    async def crowd(tx: Transaction) -> None:
        for number in range(count):
            email = f"crowd{number}_%@example.com"
            await tx.add_account(
                Account(f"account_c{number}", email, "", PASSWORD_HASH, False, 1_700_000_000 + number // 3)
            )

    await place.here.installation.store.write(crowd)
    seen, path = [], PAGE
    for _ in range(3):
        page = await place.operator.open(path)
        seen += [form.inputs["account_id"]["value"] for form in page.forms if "account_id" in form.inputs]
        older = [link["href"] for link in page.all("a") if "after=" in link["href"]]
        if not older:
            break
        path = older[0]
    assert len(seen) == len(set(seen)) == count + 2  # the operator's own has no button
    assert (await place.operator.open(f"{PAGE}?search=crowd12_%25")).text.count("crowd12_%@example.com") >= 1
    for nothing in ("crowd12%25%25", "_", "nobody"):
        found = await place.operator.open(f"{PAGE}?search={nothing}")
        assert nothing == "_" or "Nobody here has that" in found.text, nothing
    assert EMAIL not in (await place.operator.open(f"{PAGE}?search=_")).text


@pytest.mark.parametrize("text", ["", "1", "1.", ".a", "x.a", "1.a/b", "9" * 30 + ".a", "1." + "a" * 65, "1.\u0661"])
async def test_a_cursor_that_is_none_begins_with_the_newest(text: str) -> None:
    assert After.read(text) is None


async def test_an_account_that_is_deleted_takes_its_open_invitations_along(place: Place) -> None:
    here = place.here
    for email in (NEW, OTHER_EMAIL + ".example"):
        await invited(place, await place.operator.open(PAGE), email=email)

    async def work(tx: Transaction) -> None:
        for _ in range(inviting.AT_ONCE):  # all younger
            _, young = links.make("invite", None, {}, account_terms(here.installation), here.clock() + 1)
            await tx.add_link(young)
        await tx.add_account(Account("account_9", NEW, "", PASSWORD_HASH, False, 1))
        account = await tx.find_account("account_9")
        assert account is not None
        await removal.delete_account(tx, account, account_terms(here.installation), here.clock())

    await here.installation.store.write(work)

    async def left(tx: Transaction) -> list[str]:
        return [one.email for one in await inviting.open_ones(tx, account_terms(here.installation), here.clock())]

    assert await here.installation.store.read(left) == [OTHER_EMAIL + ".example"]
