import pytest

from consentry.formats import Presented, recognise
from consentry.grants import revoke
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from consentry.tokens import Kind, Secret, mint
from tests.bench import Bench
from tests.builders import NETWORK, params

pytestmark = pytest.mark.anyio

TABLES = ("grants", "access_tokens", "refresh_tokens", "events")


async def revoked(bench: Bench, token: Secret | str | None, **more: str) -> Refusal | None:
    text = token.reveal() if isinstance(token, Secret) else token
    asked = params(token=text, **more)
    bearer = recognise(text or "")
    access = Presented(bearer.digest()) if isinstance(bearer, Secret) else None

    async def work(tx: Transaction) -> Refusal | None:
        return await revoke.revoke(tx, asked, access, bench.client, NETWORK, bench.now)

    return await bench.store.write(work)


@pytest.mark.proves("E5", "E6")
async def test_revoking_a_refresh_token_ends_its_grant_and_its_access_tokens(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    assert await revoked(bench, second.refresh_token) is None
    for issued in (first, second):
        assert not await bench.works(issued.access_token)
        assert isinstance(await bench.refresh(issued.refresh_token), Refusal)
    assert await bench.events("grant:grant:ended") == ["revoked by the client"]


async def test_a_spent_refresh_token_ends_its_grant_as_well(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    assert await revoked(bench, first.refresh_token) is None
    assert not await bench.works(second.access_token)


@pytest.mark.proves("E5")
async def test_revoking_an_access_token_ends_it_alone(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    assert await revoked(bench, first.access_token) is None
    assert not await bench.works(first.access_token)
    assert await bench.works(second.access_token)
    await bench.rotated(second.refresh_token)
    assert await bench.events("grant:token:revoked") == [""]


@pytest.mark.proves("E5")
async def test_revoking_twice_changes_nothing_more(bench: Bench) -> None:
    issued = await bench.connect()
    assert await revoked(bench, issued.access_token) is None
    assert await revoked(bench, issued.refresh_token) is None
    before = await bench.rows(*TABLES)
    assert await revoked(bench.later(5), issued.access_token) is None
    assert await revoked(bench.later(5), issued.refresh_token) is None
    assert await bench.rows(*TABLES) == before


@pytest.mark.proves("E5")
async def test_another_clients_token_is_left_alone(bench: Bench) -> None:
    issued = await bench.connect()
    before = await bench.rows(*TABLES)
    stranger = bench.as_client("client_2")
    assert await revoked(stranger, issued.access_token) is None
    assert await revoked(stranger, issued.refresh_token) is None
    assert await bench.rows(*TABLES) == before


@pytest.mark.proves("E5")
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
async def test_a_wrong_hint_misleads_nobody(bench: Bench, hint: str) -> None:
    issued = await bench.connect()
    assert await revoked(bench, issued.access_token, token_type_hint=hint) is None
    assert not await bench.works(issued.access_token)
    assert await revoked(bench, issued.refresh_token, token_type_hint=hint) is None
    assert isinstance(await bench.refresh(issued.refresh_token), Refusal)


@pytest.mark.proves("E5")
async def test_an_unknown_token_is_no_fault_and_a_missing_one_is(bench: Bench) -> None:
    for kind in (Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN, Kind.AUTHORIZATION_CODE):
        assert await revoked(bench, mint(kind, lambda size: b"?" * size)) is None
    assert await revoked(bench, "nonsense") is None
    refusal = await revoked(bench, None)
    assert refusal is not None
    assert refusal.error == "invalid_request"


async def test_ending_a_grant_says_whether_it_was_the_one_that_did(bench: Bench) -> None:
    await bench.connect()

    async def work(tx: Transaction) -> list[bool]:
        (grant,) = await tx.list_grants()
        return [await revoke.end(tx, grant, "ended by the account", NETWORK, bench.now) for _ in range(2)]

    assert await bench.store.write(work) == [True, False]
    assert await bench.events("grant:grant:ended") == ["ended by the account"]
