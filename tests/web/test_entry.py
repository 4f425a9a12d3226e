"""Who may come in: at consent, with a code on its way, and at the very next call of who was in already."""

from typing import Any

import httpx2
import pytest

from consentry.deployments.administer import Change
from consentry.deployments.model import Deployment
from consentry.grants import narrowing
from consentry.store.sql import Transaction
from tests.web.world import EMAIL, OTHER_EMAIL, World

pytestmark = pytest.mark.anyio


async def reminders(tx: Transaction) -> Deployment:
    found = await tx.find_deployment_by_slug("reminders")
    assert found is not None
    return found


async def change(here: World, **wanted: Any) -> int:
    async def work(tx: Transaction) -> int:
        return await narrowing.change(tx, await reminders(tx), Change(**wanted), here.clock())

    ended = await here.installation.store.write(work)
    here.clock.now += 1  # codes of the same second are voided with those before it
    return ended


async def invite(here: World, email: str = OTHER_EMAIL) -> bool:
    async def work(tx: Transaction) -> bool:
        return await narrowing.invite(tx, await reminders(tx), email, email, here.clock())

    return await here.installation.store.write(work)


async def uninvite(here: World, email: str = OTHER_EMAIL) -> int | None:
    async def work(tx: Transaction) -> int | None:
        return await narrowing.uninvite(tx, await reminders(tx), email, here.clock())

    return await here.installation.store.write(work)


def let_in(answer: httpx2.Response) -> bool:
    """The gateway let it pass: nothing answers at the upstream of these tests."""
    assert answer.status_code in {401, 502}
    return answer.status_code == 502


async def test_an_invited_person_comes_in_and_is_out_the_moment_that_the_invitation_is_taken_back(here: World) -> None:
    await change(here, access="invited")
    await here.sign_in(OTHER_EMAIL)
    client_id = (await here.register())["client_id"]
    kept_out = await here.ask(client_id)
    assert kept_out.status_code == 403
    assert "the address that was invited" in kept_out.text

    assert [await invite(here) for _ in range(2)] == [True, False]
    _, tokens = await here.connect()
    assert let_in(await here.call(tokens["access_token"]))

    assert await uninvite(here) == 1
    assert await uninvite(here) is None
    refused = await here.call(tokens["access_token"])
    assert not let_in(refused)
    assert "was ended" in refused.headers["www-authenticate"]
    assert (await here.refresh(client_id, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await here.ask(client_id)).status_code == 403


async def test_a_code_on_its_way_buys_nothing_when_fewer_people_are_let_in(here: World) -> None:
    await change(here, access="domain", email_domain="example.com")
    await here.sign_in(OTHER_EMAIL)
    client_id = (await here.register())["client_id"]
    code = await here.approve(client_id)
    await change(here, email_domain="example.org")
    answer = await here.exchange(client_id, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_new_owner_keeps_what_is_theirs_and_the_one_before_is_out(here: World) -> None:
    _, tokens = await here.connect()
    assert let_in(await here.call(tokens["access_token"]))
    assert await change(here, owner_id="account_2") == 1
    assert not let_in(await here.call(tokens["access_token"]))
    assert await change(here, access="verified") == 0


async def test_an_address_that_changes_is_looked_at_again_at_the_next_call(here: World) -> None:
    """Whatever way it changed, and though nobody told the deployment: the gateway asks for itself."""
    await change(here, access="domain", email_domain="example.com")
    await here.sign_in(OTHER_EMAIL)
    _, tokens = await here.connect()
    assert let_in(await here.call(tokens["access_token"]))

    async def move(tx: Transaction) -> None:
        await tx.db.run(
            "UPDATE accounts SET email = $2, email_key = $2 WHERE email_key = $1", OTHER_EMAIL, "b@else.test"
        )

    await here.installation.store.write(move)
    refused = await here.call(tokens["access_token"])
    assert not let_in(refused)
    assert "no longer let in" in refused.headers["www-authenticate"]
    forward = await here.client.get(
        "/forward-auth/reminders", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert forward.status_code == 401


async def test_opening_to_more_people_ends_nothing(here: World) -> None:
    _, tokens = await here.connect()
    assert await change(here, access="invited") == 0
    assert await change(here, access="verified") == 0
    assert let_in(await here.call(tokens["access_token"]))
    assert EMAIL in (await here.browser.get("/account")).text
