"""What opens the API: live personal access tokens of accounts that are open, and nothing else."""

import pytest

from consentry.accounts import personal_tokens
from consentry.accounts.personal_tokens import MOST_TOKENS, SCOPES, Wanted
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from consentry.tokens import Kind, mint
from tests.web.management.conftest import Api
from tests.web.world import EMAIL

pytestmark = pytest.mark.anyio


async def test_a_token_is_shown_for_whom_it_acts_and_what_it_may(api: Api) -> None:
    token = await api.token("owner", "account:read", "deployments:write", ttl=3600, label="Inventory")
    answer = (await api.ask("owner", "GET", "account", token=token)).json()
    assert (answer["email"], answer["operator"], answer["second_factor"]) == (EMAIL, False, False)
    now = api.here.clock()
    shown = answer["token"]
    assert (shown["label"], shown["scopes"]) == ("Inventory", ["account:read", "deployments:write"])
    assert (shown["created_at"], shown["expires_at"]) == (now, now + 3600)
    assert "token" not in shown
    assert token not in str(answer)


async def test_a_token_ends_with_its_time_its_account_and_its_revoking(api: Api) -> None:
    here, store = api.here, api.here.installation.store
    short = await api.token("owner", "account:read", ttl=60)
    here.clock.now += 59
    assert (await api.ask("owner", "GET", "account", token=short)).status_code == 200
    here.clock.now += 1
    over = await api.ask("owner", "GET", "account", token=short)
    assert over.status_code == 401
    assert 'error="invalid_token"' in over.headers["www-authenticate"]
    own = await store.read(lambda tx: tx.list_personal_tokens("account_1"))
    kept = next(one for one in own if one.expires_at is None)
    assert [await store.write(lambda tx: personal_tokens.revoke(tx, kept, None, 1)) for _ in range(2)] == [True, False]
    assert (await api.ask("owner", "GET", "account")).status_code == 401
    assert (await api.ask("another", "GET", "account")).status_code == 200
    await store.write(lambda tx: tx.disable_account("account_2", here.clock()))
    assert (await api.ask("another", "GET", "account")).status_code == 401
    await store.write(lambda tx: tx.enable_account("account_2"))
    assert (await api.ask("another", "GET", "account")).status_code == 401


async def test_a_deleted_accounts_tokens_end_with_it(api: Api) -> None:
    await api.here.installation.store.write(lambda tx: tx.erase_account("account_1", api.here.clock()))
    over = await api.ask("owner", "GET", "account")
    assert (over.status_code, EMAIL in over.text) == (401, False)
    assert (await api.ask("another", "GET", "account")).status_code == 200


async def test_its_last_use_is_written_down_to_the_minute(api: Api) -> None:
    async def used() -> int | None:
        return (await api.here.installation.store.read(lambda tx: tx.list_personal_tokens("account_1")))[0].last_used_at

    assert await used() is None
    began = api.here.clock()
    for wait, expected in ((0, began), (59, began), (1, began + 60)):
        api.here.clock.now += wait
        await api.ask("owner", "GET", "account")
        assert await used() == expected


async def test_no_other_secret_opens_the_api(api: Api) -> None:
    _, tokens = await api.here.connect()
    await api.here.sign_in()
    cookie = next(iter(api.here.browser.cookies.values()))
    own = api.tokens["owner"]
    invented = [mint(kind, lambda size: b"x" * size).reveal() for kind in Kind]
    for text in (tokens["access_token"], tokens["refresh_token"], cookie, own[:-1], own + "x", *invented, ""):
        assert (await api.ask("nobody", "GET", "account", token=text or " ")).status_code == 401, text
    twice = [("Authorization", f"Bearer {own}"), ("Authorization", f"Bearer {own}")]
    url = "/api/v1/account"
    assert (await api.here.client.get(url, headers=twice)).status_code == 401
    assert (await api.here.client.get(url, params={"access_token": own})).status_code == 401
    assert (await api.here.client.get(url, headers={"Authorization": f"Basic {own}"})).status_code == 401
    assert (await api.here.browser.get(url)).status_code == 401


async def test_a_personal_token_opens_nothing_but_the_api(api: Api) -> None:
    own = api.tokens["owner"]
    assert (await api.here.call(own)).status_code == 401
    headers = {"Authorization": f"Bearer {own}"}
    assert (await api.here.client.get("/userinfo", headers=headers)).status_code == 401
    assert (await api.here.client.post("/introspect", data={"token": own}, headers=headers)).status_code == 401
    assert (await api.here.client.get("/forward-auth/reminders", headers=headers)).status_code == 401
    assert (await api.here.client.get("/account", headers=headers)).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted("", (), None), "Choose what the token may do"),
        (Wanted("", ("deployments:read", "everything"), None), "There is no scope everything"),
        (Wanted("a\nb", ("deployments:read",), None), "one line"),
        (Wanted("x" * 101, ("deployments:read",), None), "at most 100"),
        (Wanted("", ("deployments:read",), 0), "ten years"),
    ],
)
async def test_what_cannot_be_made_is_said_in_a_sentence(api: Api, wanted: Wanted, sentence: str) -> None:
    async def work(tx: Transaction) -> object:
        account = await tx.find_account("account_1")
        assert account is not None
        return await personal_tokens.create(tx, account, wanted, None, api.here.installation.entropy, 1)

    made = await api.here.installation.store.write(work)
    assert isinstance(made, Refusal)
    assert sentence in made.description


async def test_an_account_has_so_many_tokens_and_no_more(api: Api) -> None:
    for _ in range(MOST_TOKENS - 1):
        await api.token("another", *SCOPES)
    with pytest.raises(AssertionError, match="revoke one"):
        await api.token("another", *SCOPES)


async def test_where_a_second_factor_is_demanded_a_token_needs_one_too(api: Api) -> None:
    async def held(tx: Transaction) -> personal_tokens.HeldPersonalToken | None:
        own = (await tx.list_personal_tokens("account_1"))[0]
        return await tx.find_personal_token(own.digest)

    found = await api.here.installation.store.read(held)
    assert personal_tokens.check(found, False, api.here.clock()) is None
    refusal = personal_tokens.check(found, True, api.here.clock())
    assert refusal is not None
    assert "second factor" in refusal.description
