from dataclasses import replace

import pytest

from consentry.grants import code as code_grant
from consentry.grants.exchange import Issued
from consentry.grants.model import Grant
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from consentry.tokens import Kind, mint, recognise
from tests.bench import Bench
from tests.builders import DAY, HOUR, NETWORK, NOW, REDIRECT_URI, RESOURCE, counted

pytestmark = pytest.mark.anyio

TABLES = ("codes", "grants", "access_tokens", "refresh_tokens", "events")
UNKNOWN = mint(Kind.AUTHORIZATION_CODE, lambda size: b"?" * size).reveal()


async def the_grant(bench: Bench) -> Grant:
    async def work(tx: Transaction) -> list[Grant]:
        return await tx.list_grants()

    (grant,) = await bench.store.read(work)
    return grant


async def test_a_code_buys_a_grant_with_its_tokens(bench: Bench) -> None:
    code = await bench.approve()
    issued = await bench.later(30).exchange_code(code)
    assert isinstance(issued, Issued)
    assert issued.expires_in == HOUR
    assert issued.scope == {"mcp", "offline_access"}
    assert recognise(issued.access_token.reveal(), Kind.ACCESS_TOKEN)
    assert issued.refresh_token is not None
    assert recognise(issued.refresh_token.reveal(), Kind.REFRESH_TOKEN)
    grant = await the_grant(bench)
    assert (grant.account_id, grant.client_id, grant.network) == ("account_1", "client_1", NETWORK)
    assert (grant.permissions.deployment_id, grant.permissions.resource) == ("deployment_1", RESOURCE)
    assert (grant.created_at, grant.expires_at) == (NOW + 30, NOW + 30 + 90 * DAY)
    assert await bench.later(30).works(issued.access_token)
    assert not await bench.later(30 + HOUR).works(issued.access_token)


@pytest.mark.proves("D5")
async def test_redirect_uri_need_not_be_sent(bench: Bench) -> None:
    assert isinstance(await bench.exchange_code(await bench.approve(), redirect_uri=None), Issued)


async def test_each_authorization_is_a_grant_of_its_own(bench: Bench) -> None:
    one, other = await bench.connect(), await bench.connect()
    rows = await bench.rows("grants")
    assert len(rows["grants"]) == 2
    assert one.refresh_token != other.refresh_token


async def test_a_client_that_did_not_register_for_refreshing_gets_no_refresh_token(bench: Bench) -> None:
    plain = bench.as_client("client_1", ("authorization_code",))
    issued = await plain.exchange_code(await plain.approve())
    assert isinstance(issued, Issued)
    assert issued.refresh_token is None
    assert (await bench.rows("refresh_tokens"))["refresh_tokens"] == []
    grant = await the_grant(bench)
    assert grant.live(NOW + HOUR - 1)
    assert not grant.live(NOW + HOUR)


@pytest.mark.proves("D8", "D3", "D5", "D7")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "v" * 42}, "invalid_grant"),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, "invalid_grant"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
        ({"resource": "https://h.example/mcp/other"}, "invalid_target"),
        ({"resource": "https://h.example/mcp"}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": 'mcp "'}, "invalid_scope"),
    ],
)
async def test_a_request_that_fails_spends_nothing_and_a_good_one_still_works(
    bench: Bench, changes: dict[str, str | None], error: str
) -> None:
    code = await bench.approve()
    before = await bench.rows(*TABLES)
    refusal = await bench.exchange_code(code, **changes)
    assert isinstance(refusal, Refusal)
    assert refusal.error == error
    assert await bench.rows(*TABLES) == before
    assert isinstance(await bench.exchange_code(code), Issued)


@pytest.mark.proves("D5", "D8")
async def test_a_stranger_with_the_code_changes_nothing(bench: Bench) -> None:
    code = await bench.approve()
    before = await bench.rows(*TABLES)
    refusal = await bench.as_client("client_2").exchange_code(code)
    assert isinstance(refusal, Refusal)
    assert (refusal.error, refusal.reason) == ("invalid_grant", "code:foreign")
    assert await bench.rows(*TABLES) == before
    issued = await bench.exchange_code(code)
    assert isinstance(issued, Issued)
    # Nor does the stranger end what the code bought.
    await bench.as_client("client_2").exchange_code(code)
    assert await bench.works(issued.access_token)


@pytest.mark.proves("D6")
async def test_a_replayed_code_ends_what_it_bought(bench: Bench) -> None:
    code = await bench.approve()
    issued = await bench.exchange_code(code)
    assert isinstance(issued, Issued)
    assert issued.refresh_token is not None
    refreshed = await bench.rotated(issued.refresh_token)
    refusal = await bench.later(1).exchange_code(code)
    assert isinstance(refusal, Refusal)
    assert (refusal.error, refusal.reason) == ("invalid_grant", "code:replayed")
    for token in (issued.access_token, refreshed.access_token):
        assert not await bench.later(1).works(token)
    assert isinstance(await bench.later(1).refresh(refreshed.refresh_token), Refusal)
    grant = await the_grant(bench)
    assert (grant.ended_at, grant.ended_because) == (NOW + 1, "code used twice")
    assert len(await bench.events("grant:code:replayed")) == 1


@pytest.mark.proves("D6")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"redirect_uri": "https://evil.example/"},
        {"resource": "https://h.example/mcp/other"},
        {"scope": "admin"},
    ],
)
async def test_a_replay_by_somebody_who_cannot_prove_anything_ends_nothing(
    bench: Bench, changes: dict[str, str | None]
) -> None:
    code = await bench.approve()
    issued = await bench.exchange_code(code)
    assert isinstance(issued, Issued)
    before = await bench.rows(*TABLES)
    assert isinstance(await bench.exchange_code(code, **changes), Refusal)
    assert await bench.rows(*TABLES) == before
    assert await bench.works(issued.access_token)


@pytest.mark.proves("C8")
async def test_a_code_lives_for_ten_minutes(bench: Bench) -> None:
    code = await bench.approve()
    refusal = await bench.later(600).exchange_code(code)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "code:expired"
    assert isinstance(await bench.later(599).exchange_code(code), Issued)


@pytest.mark.proves("D6")
async def test_a_replay_after_the_code_would_have_expired_still_ends_the_grant(bench: Bench) -> None:
    code = await bench.approve()
    issued = await bench.exchange_code(code)
    assert isinstance(issued, Issued)
    assert isinstance(await bench.later(HOUR // 2).exchange_code(code), Refusal)
    assert not await bench.works(issued.access_token)


@pytest.mark.proves("D13")
async def test_unknown_expired_spent_and_foreign_codes_read_the_same(bench: Bench) -> None:
    code, spent = await bench.approve(), await bench.approve()
    await bench.exchange_code(spent)
    refusals = [
        await bench.exchange_code(UNKNOWN),
        await bench.exchange_code("nonsense"),
        await bench.exchange_code("cy_ac_" + "0" * 49),
        await bench.later(600).exchange_code(code),
        await bench.as_client("client_2").exchange_code(code),
        await bench.exchange_code(spent),
    ]
    assert all(isinstance(refusal, Refusal) for refusal in refusals)
    assert {(refusal.error, refusal.description) for refusal in refusals if isinstance(refusal, Refusal)} == {
        ("invalid_grant", "The authorization code is unknown, expired, used up or not yours: connect again.")
    }


async def test_a_request_without_a_code_says_so(bench: Bench) -> None:
    refusal = await bench.exchange_code("")
    assert isinstance(refusal, Refusal)
    assert refusal.error == "invalid_request"


@pytest.mark.proves("D2", "D7")
async def test_the_resource_may_be_spelled_otherwise_and_the_scope_narrowed(bench: Bench) -> None:
    code = await bench.approve()
    issued = await bench.exchange_code(code, resource="https://H.example:443/mcp/reminders/", scope="mcp admin")
    assert isinstance(issued, Issued)
    assert issued.scope == {"mcp"}
    assert (await the_grant(bench)).permissions.scope == {"mcp", "offline_access"}
    refreshed = await bench.rotated(issued.refresh_token)
    assert refreshed.scope == {"mcp", "offline_access"}


@pytest.mark.proves("D7")
async def test_of_several_resources_each_has_to_be_the_granted_one(bench: Bench) -> None:
    code = await bench.approve()
    request = bench.request(code=code.reveal(), code_verifier="v" * 43)
    both = replace(request, params=replace(request.params, resource=(RESOURCE, "https://h.example/mcp/other")))

    async def work(tx: Transaction) -> Issued | Refusal:
        return await code_grant.exchange(tx, both)

    refusal = await bench.store.write(work)
    assert isinstance(refusal, Refusal)
    assert refusal.error == "invalid_target"


async def test_the_entropy_of_the_terms_is_all_there_is(bench: Bench) -> None:
    """Two benches with the same entropy mint the same: nothing is random but what was handed in."""
    code = mint(Kind.AUTHORIZATION_CODE, counted())
    assert await bench.approve() == code
