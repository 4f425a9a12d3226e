"""Activity: what happened to one's account and deployments, and to nobody else's."""

import pytest

from consentry.audit import Event, EventName
from consentry.store.sql import Transaction
from tests.web.dashboard.conftest import Place
from tests.web.pages.reading import Reading

pytestmark = pytest.mark.anyio

ACTIVITY = "/account/activity"
NOW = 1_800_000_000


async def happen(place: Place, *events: Event) -> None:
    async def work(tx: Transaction) -> None:
        for event in events:
            await tx.add_event(event)

    await place.here.installation.store.write(work)


async def deployment_id(place: Place) -> str:
    found = await place.here.installation.store.read(lambda tx: tx.find_deployment_by_slug("reminders"))
    assert found is not None
    return found.id


async def test_ones_own_is_told_and_what_others_did_at_ones_deployment_without_their_network(place: Place) -> None:
    here = await deployment_id(place)
    await happen(
        place,
        Event("account:password:changed", NOW, "198.51.100.1", "account_1"),
        Event("grant:consent:approved", NOW, "198.51.100.2", "account_2", None, here),
        Event("grant:token:reused", NOW, "198.51.100.3", "account_2", None, here),
        Event("account:email:changed", NOW, "198.51.100.4", "account_2"),
        Event("deployment:deployment:paused", NOW, None, None, None, "another"),
    )
    page = await place.owner.open(ACTIVITY)
    assert "The password of your account was changed" in page.text
    assert "If that was not you, have a new password set by mail at once." in page.text
    assert "198.51.100.1" in page.text
    assert "bob@example.com approved an application for reminders." in page.text
    assert "came again, as if stolen" in page.text
    assert "email address" not in page.text
    assert "was paused" not in page.text
    assert not [other for other in "234" if f"198.51.100.{other}" in page.text]
    theirs = await place.another.open(ACTIVITY)
    assert "The password of" not in theirs.text
    assert "You approved an application for reminders." in theirs.text
    assert "The email address of your account was changed." in theirs.text


async def test_what_is_routine_is_left_out_and_what_is_suspicious_can_be_looked_at_alone(place: Place) -> None:
    routine: EventName = "grant:token:refreshed"
    await happen(
        place,
        Event("grant:token:shared", NOW, None, "account_1"),
        *(Event(routine, NOW, None, "account_1") for _ in range(600)),
    )
    page = await place.owner.open(ACTIVITY)
    assert "refreshed its access" not in page.text
    assert "refreshed its access" in (await place.owner.open(f"{ACTIVITY}?show=all")).text
    # A page looks at so much and no more: what is older is a step away.
    older = next(a["href"] for a in page.all("a") if "before=" in a["href"])
    assert "from another network" in (await place.owner.open(older)).text
    only = await place.owner.open(f"{ACTIVITY}?show=suspicious")
    assert "Go on with older ones" in only.text
    older = next(a["href"] for a in only.all("a") if "before=" in a["href"])
    alone = await place.owner.open(older)
    assert alone.text.count("grant:token:shared") == 1
    assert "account:login:succeeded" not in alone.text


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(place: Place) -> None:
    here = await deployment_id(place)
    await happen(
        place,
        *(
            Event("grant:user_code:failed", NOW + n, f"10.0.{n}.1", "account_1", None, here if n % 2 else None)
            for n in range(120)
        ),
    )
    page: Reading = await place.owner.open(ACTIVITY)
    found: list[str] = []
    while True:
        found += [word for word in page.text.split() if word.startswith("10.0.")]
        older = next((a["href"] for a in page.all("a") if "before=" in a["href"]), None)
        if older is None:
            break
        page = await place.owner.open(older)
        assert "Back to the newest" in page.text
    assert found == [f"10.0.{n}.1" for n in reversed(range(120))]


async def test_an_address_that_makes_no_sense_begins_with_the_newest_or_says_so(place: Place) -> None:
    for query in ("before=x", "before=-1", f"before={'9' * 99}", "show=nonsense", "before=%D9%A3"):
        assert (await place.owner.browser.get(f"{ACTIVITY}?{query}")).status_code == 200
    assert (await place.owner.browser.get(f"{ACTIVITY}?before=%00")).status_code == 400
