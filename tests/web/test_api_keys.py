"""API keys: those that applications get in place of tokens, and those that a person makes."""

from dataclasses import replace

import pytest

from consentry.deployments.model import Deployment
from consentry.formats import ENDLESS, Format
from consentry.grants import api_key, removal
from consentry.grants.api_key import NewKey, Wanted
from consentry.grants.model import HeldAccessToken
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from tests.web.test_formats import PASSES, give
from tests.web.world import World

pytestmark = pytest.mark.anyio

DAY = 86_400
CLAUDE = "https://claude.ai/api/mcp/auth_callback"


async def keys(here: World) -> list[HeldAccessToken]:
    async def work(tx: Transaction) -> list[HeldAccessToken]:
        return await tx.list_api_keys(account_id="account_1")

    return await here.installation.store.read(work)


async def make(here: World, *, ttl: int | None = 90 * DAY, slug: str = "reminders", account: int = 1) -> NewKey:
    async def work(tx: Transaction) -> NewKey | Refusal:
        found = await tx.find_account(f"account_{account}")
        deployment = await tx.find_deployment_by_slug(slug)
        assert found is not None
        assert deployment is not None
        resource = deployment.resource_at(here.installation.addresses)
        wanted = Wanted(found, deployment, resource, None, "My script", ttl)
        return await api_key.create(tx, wanted, here.installation.entropy, here.clock.now)

    made = await here.installation.store.write(work)
    assert isinstance(made, NewKey), made
    return made


@pytest.mark.proves("D1")
async def test_a_key_without_end_has_no_expires_in_and_no_refresh_token(here: World) -> None:
    await give(here, Format("api_key", "rmt_", ENDLESS), "reminders")
    _, tokens = await here.connect()
    assert set(tokens) == {"access_token", "token_type", "scope"}
    here.clock.now += 20 * 365 * DAY
    assert (await here.call(tokens["access_token"])).status_code == PASSES


async def test_a_key_has_the_life_that_its_deployment_gives_it(here: World) -> None:
    await give(here, Format("api_key", None, 30 * DAY), "reminders")
    client_id, tokens = await here.connect()
    assert tokens["access_token"].startswith("cy_ak_")
    assert tokens["expires_in"] == 30 * DAY
    here.clock.now += 30 * DAY - 1
    assert (await here.call(tokens["access_token"])).status_code == PASSES
    here.clock.now += 1
    assert (await here.call(tokens["access_token"])).status_code == 401
    assert (await here.refresh(client_id, tokens["refresh_token"])).status_code == 200


async def test_a_grant_has_one_key_after_the_grace(here: World) -> None:
    await give(here, Format("api_key", "rmt_"), "reminders")
    client_id, tokens = await here.connect()
    refresh_token = tokens["refresh_token"]
    for _ in range(3):
        refresh_token = (await here.refresh(client_id, refresh_token)).json()["refresh_token"]
        here.clock.now += 61
    live = [held for held in await keys(here) if here.clock.now < held.token.expires_at]
    assert len(live) == 1


@pytest.mark.parametrize(
    ("redirect_uri", "label"),
    [
        (CLAUDE, "Claude (web connector)"),
        ("https://claude.ai.evil.example/api/mcp/auth_callback", "claude.ai.evil.example"),
        ("http://127.0.0.1:6277/oauth/callback", "An application on a computer of yours"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:"),
    ],
)
async def test_a_key_is_labelled_after_where_it_was_sent_and_not_as_the_application_calls_itself(
    here: World, redirect_uri: str, label: str
) -> None:
    await give(here, Format("api_key", "rmt_"), "reminders")
    client_id = (await here.register(client_name="Claude", redirect_uris=[redirect_uri]))["client_id"]
    code = await here.approve(client_id, redirect_uri=redirect_uri)
    assert (await here.exchange(client_id, code, redirect_uri=redirect_uri)).status_code == 200
    (held,) = await keys(here)
    assert api_key.label(held.grant) == label
    page = (await here.browser.get("/account")).text
    assert "Holds an API key" in page
    assert label in page


async def test_the_consent_page_says_that_a_key_is_given_and_for_how_long(here: World) -> None:
    client_id = (await here.register())["client_id"]
    await here.sign_in()
    assert "gets an API key" not in (await here.ask(client_id)).text
    await give(here, Format("api_key", "rmt_", ENDLESS), "reminders")
    page = (await here.ask(client_id)).text
    assert "gets an API key" in page
    assert "lasts until you end it" in page


async def test_giving_back_a_key_without_end_ends_its_grant(here: World) -> None:
    await give(here, Format("api_key", "rmt_", ENDLESS), "reminders")
    client_id, tokens = await here.connect()
    await here.client.post("/revoke", data={"client_id": client_id, "token": tokens["access_token"]})
    assert (await here.call(tokens["access_token"])).status_code == 401
    (held,) = await keys(here)
    assert held.grant.ended_because == "revoked by the client"
    assert held.grant.expires_at == here.clock.now  # so that it is swept


async def test_a_persons_own_key_opens_its_deployment_and_no_other(here: World) -> None:
    made = await make(here)
    secret = made.secret.reveal()
    assert secret.startswith("cy_ak_")
    assert (await here.call(secret)).status_code == PASSES
    assert (await here.call(secret, "textkit")).status_code == 401
    here.clock.now += 90 * DAY
    assert "has expired" in (await here.call(secret)).text


async def test_a_persons_own_key_has_the_prefix_of_its_deployment_and_works_without_end_if_wanted(here: World) -> None:
    await give(here, Format("api_key", "rmt_"), "reminders")
    secret = (await make(here, ttl=None)).secret.reveal()
    assert secret.startswith("rmt_")
    here.clock.now += 20 * 365 * DAY
    assert (await here.call(secret)).status_code == PASSES


async def test_whoever_holds_a_persons_own_key_may_give_it_back(here: World) -> None:
    made = await make(here)
    client_id = (await here.register())["client_id"]
    form = {"client_id": client_id, "token": made.secret.reveal()}
    assert (await here.client.post("/revoke", data=form)).status_code == 200
    assert "was ended" in (await here.call(made.secret.reveal())).text


async def test_a_persons_own_key_ends_with_the_account_and_with_the_deployment(here: World) -> None:
    mine, others = await make(here), await make(here, slug="textkit", account=2)

    async def work(tx: Transaction) -> None:
        account = await tx.find_account("account_2")
        deployment = await tx.find_deployment_by_slug("reminders")
        assert account is not None
        assert deployment is not None
        assert await removal.disable_account(tx, account, here.clock.now) == 1
        assert await removal.remove_deployment(tx, deployment, here.clock.now) == 1

    await here.installation.store.write(work)
    assert (await here.call(others.secret.reveal(), "textkit")).status_code == 401
    assert (await here.call(mine.secret.reveal())).status_code == 404


async def test_a_key_is_made_for_whoever_could_approve_and_for_no_more(here: World) -> None:
    async def work(tx: Transaction) -> list[str]:
        owner, stranger = await tx.find_account("account_1"), await tx.find_account("account_2")
        deployment = await tx.find_deployment_by_slug("reminders")
        assert owner is not None
        assert stranger is not None
        assert isinstance(deployment, Deployment)
        good = Wanted(owner, deployment, here.resource, "mcp", "", DAY)
        refused = [
            replace(good, account=stranger),
            replace(good, account=replace(owner, verified_at=None)),
            replace(good, scope="mcp admin"),
            replace(good, scope='m"cp'),
            replace(good, label="two\nlines"),
            replace(good, label="x" * 101),
        ]
        outcomes = [await api_key.create(tx, one, here.installation.entropy, here.clock.now) for one in refused]
        assert await tx.disable_account("account_1", here.clock.now)
        outcomes.append(await api_key.create(tx, good, here.installation.entropy, here.clock.now))
        assert await tx.list_api_keys() == []
        return [one.reason if isinstance(one, Refusal) else "made" for one in outcomes]

    assert await here.installation.store.write(work) == [
        "deployment:access:owner",
        "api_key:unverified",
        "api_key:scope",
        "api_key:scope",
        "api_key:label",
        "api_key:label",
        "api_key:gone",
    ]
