from dataclasses import replace

import pytest

from consentry.grants.exchange import Issued
from consentry.grants.refresh import MANY_REPEATS, MOST_REPEATS, judge
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from consentry.tokens import Kind, Secret, mint
from tests.bench import Bench
from tests.builders import DAY, GRACE, HOUR, NETWORK, terms

pytestmark = pytest.mark.anyio

TABLES = ("grants", "access_tokens", "refresh_tokens", "events")
DEAD = "The refresh token is unknown, expired, used up or not yours: connect again."


async def chain(bench: Bench, length: int) -> list[Secret]:
    """Refresh tokens in their order, each spent by the next, one a second; the last is the live end."""
    token = (await bench.connect()).refresh_token
    assert token is not None
    links = [token]
    for number in range(1, length):
        following = (await bench.later(number).rotated(links[-1])).refresh_token
        assert following is not None
        links.append(following)
    return links


def reason(outcome: Issued | Refusal) -> str:
    assert isinstance(outcome, Refusal)
    assert outcome.error == "invalid_grant"
    assert outcome.description == DEAD
    return outcome.reason


@pytest.mark.proves("D9")
async def test_a_refresh_token_rotates(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.later(10).rotated(first.refresh_token)
    assert second.refresh_token not in {None, first.refresh_token}
    assert second.access_token != first.access_token
    assert second.expires_in == HOUR
    assert second.scope == first.scope
    assert await bench.later(10).works(second.access_token)
    assert await bench.later(10).works(first.access_token)
    assert await bench.events("grant:token:refreshed") == [""]


async def test_a_repeat_gets_the_very_same_successor_and_a_fresh_access_token(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    repeats = [await bench.later(seconds).rotated(first.refresh_token) for seconds in (0, 1, GRACE * 2, 30 * DAY)]
    assert {issued.refresh_token for issued in repeats} == {second.refresh_token}
    assert len({issued.access_token for issued in (first, second, *repeats)}) == 6
    assert await bench.later(30 * DAY).works(repeats[-1].access_token)
    assert await bench.events("grant:token:repeated") == ["lost response"] * 4
    assert len((await bench.rows("refresh_tokens"))["refresh_tokens"]) == 2


async def test_a_late_repeat_from_another_network_is_kept_and_shown_to_the_owner(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    for seconds, network in ((GRACE, "203.0.113.9"), (GRACE + 1, NETWORK), (GRACE + 1, "203.0.113.9")):
        repeated = await replace(bench.later(seconds), network=network).rotated(first.refresh_token)
        assert repeated.refresh_token == second.refresh_token
    assert await bench.events("grant:token:repeated") == ["lost response"] * 2
    assert await bench.events("grant:token:shared") == ["lost response"]


@pytest.mark.proves("D10")
async def test_for_the_grace_after_its_successor_was_used_an_old_token_leads_to_the_live_end(bench: Bench) -> None:
    old, middle, live = await chain(bench, 3)  # `middle` is used at second 2
    issued = await bench.later(2 + GRACE).rotated(old)
    assert issued.refresh_token == live
    assert await bench.events("grant:token:repeated") == ["race"]
    assert reason(await bench.later(2 + GRACE + 1).refresh(old)) == "refresh:reused"
    assert reason(await bench.later(2 + GRACE + 1).refresh(live)) == "refresh:grant_ended"
    assert reason(await bench.later(2 + GRACE + 1).refresh(middle)) == "refresh:grant_ended"
    assert not await bench.later(2 + GRACE + 1).works(issued.access_token)


@pytest.mark.parametrize("length", [4, 7])
async def test_a_walk_of_many_links_ends_at_the_live_one(bench: Bench, length: int) -> None:
    links = await chain(bench, length)
    for old in links[:-1]:
        assert (await bench.later(length).rotated(old)).refresh_token == links[-1]
    following = await bench.later(length).rotated(links[-1])
    assert (await bench.later(length).rotated(links[0])).refresh_token == following.refresh_token


@pytest.mark.proves("D10")
async def test_theft_ends_the_grant_with_all_its_tokens_and_is_told(bench: Bench) -> None:
    old, _, live = await chain(bench, 3)
    fresh = await bench.later(3).rotated(live)
    assert reason(await bench.later(HOUR - 1).refresh(old)) == "refresh:reused"
    assert not await bench.later(HOUR - 1).works(fresh.access_token)
    assert isinstance(await bench.later(HOUR - 1).refresh(fresh.refresh_token), Refusal)
    assert await bench.events("grant:token:reused") == ["theft"]

    async def ends(tx: Transaction) -> list[tuple[object, ...]]:
        return [(grant.ended_at, grant.ended_because) for grant in await tx.list_grants()]

    assert await bench.store.read(ends) == [(bench.now + HOUR - 1, "old refresh token used again")]


async def test_theft_of_one_grant_leaves_the_others_alone(bench: Bench) -> None:
    bystander = await bench.connect()
    old, _, _ = await chain(bench, 3)
    assert isinstance(await bench.later(HOUR).refresh(old), Refusal)
    assert isinstance(await bench.later(HOUR).refresh(bystander.refresh_token), Issued)


@pytest.mark.parametrize(
    ("used_at", "now", "verdict"),
    [
        (None, 10**9, "lost response"),
        (100, 100, "race"),
        (100, 160, "race"),
        (100, 161, "theft"),
    ],
)
def test_the_verdict_depends_on_when_the_successor_was_first_used(used_at: int | None, now: int, verdict: str) -> None:
    assert judge(used_at, 60, now) == verdict


def test_without_grace_only_the_same_second_is_a_race() -> None:
    assert judge(100, 0, 100) == "race"
    assert judge(100, 0, 101) == "theft"


@pytest.mark.proves("D11", "D13")
async def test_a_stranger_with_a_refresh_token_changes_nothing(bench: Bench) -> None:
    old, _, live = await chain(bench, 3)
    before = await bench.rows(*TABLES)
    stranger = bench.as_client("client_2")
    for token in (old, live):
        assert reason(await stranger.later(DAY).refresh(token)) == "refresh:foreign"
    assert await bench.rows(*TABLES) == before
    assert isinstance(await bench.later(3).refresh(live), Issued)


@pytest.mark.proves("D8", "D7")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"resource": "https://h.example/mcp/other"}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": '"'}, "invalid_scope"),
    ],
)
@pytest.mark.parametrize("which", [0, 1, 2])
async def test_a_request_that_fails_spends_nothing_whichever_link_it_shows(
    bench: Bench, which: int, changes: dict[str, str | None], error: str
) -> None:
    links = await chain(bench, 3)
    before = await bench.rows(*TABLES)
    refusal = await bench.later(3).refresh(links[which], **changes)
    assert isinstance(refusal, Refusal)
    assert refusal.error == error
    assert await bench.rows(*TABLES) == before
    assert isinstance(await bench.later(3).refresh(links[which]), Issued)


@pytest.mark.proves("D11")
async def test_a_narrower_scope_narrows_the_access_token_alone(bench: Bench) -> None:
    first = await bench.connect()
    narrow = await bench.refresh(first.refresh_token, scope="mcp admin")
    assert isinstance(narrow, Issued)
    assert narrow.scope == {"mcp"}
    wide = await bench.rotated(narrow.refresh_token)
    assert wide.scope == first.scope == {"mcp", "offline_access"}


@pytest.mark.proves("D12")
async def test_ninety_days_after_the_approval_it_is_over_however_often_it_was_refreshed(bench: Bench) -> None:
    token = (await bench.connect()).refresh_token
    for day in range(0, 90, 10):
        token = (await bench.later(day * DAY).rotated(token)).refresh_token
    last = await bench.later(90 * DAY - 60).rotated(token)
    assert last.expires_in == 60
    assert reason(await bench.later(90 * DAY).refresh(last.refresh_token)) == "refresh:grant_ended"
    assert reason(await bench.later(90 * DAY).refresh(token)) == "refresh:grant_ended"
    assert not await bench.later(90 * DAY).works(last.access_token)


@pytest.mark.proves("D12")
async def test_a_token_that_nobody_uses_for_long_is_over_before_its_grant(bench: Bench) -> None:
    idle = replace(bench, terms=replace(bench.terms, refresh_token_idle_ttl=10 * DAY))
    first = await idle.connect()
    second = await idle.later(10 * DAY - 1).rotated(first.refresh_token)
    assert reason(await idle.later(20 * DAY).refresh(second.refresh_token)) == "refresh:expired"
    # A lost answer is no way around it, and no theft.
    assert reason(await idle.later(20 * DAY).refresh(first.refresh_token)) == "refresh:expired"
    assert isinstance(await idle.later(20 * DAY - 2).refresh(first.refresh_token), Issued)
    assert await bench.events("grant:token:reused") == []


async def test_once_the_operators_key_is_lost_a_repeat_is_refused_and_the_grant_lives(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    lost = replace(bench, terms=terms(b"another key, thirty-two letters.."))
    assert reason(await lost.refresh(first.refresh_token)) == "refresh:unsealable"
    assert await bench.events("grant:token:unsealable") == ["lost response"]
    assert await bench.works(second.access_token)
    assert isinstance(await lost.refresh(second.refresh_token), Issued)


async def test_an_exchanged_operators_key_still_opens_what_the_old_one_sealed(bench: Bench) -> None:
    first = await bench.connect()
    second = await bench.rotated(first.refresh_token)
    both = replace(bench, terms=terms(b"another key, thirty-two letters..", bench.terms.sealer.keys[0]))
    assert (await both.rotated(first.refresh_token)).refresh_token == second.refresh_token


async def test_the_hundredth_repeat_of_one_token_is_suspicious(bench: Bench) -> None:
    first = await bench.connect()
    await bench.rotated(first.refresh_token)
    for _ in range(MANY_REPEATS + 1):
        assert isinstance(await bench.refresh(first.refresh_token), Issued)
    assert await bench.events("grant:token:overused") == ["lost response"]
    assert len(await bench.events("grant:token:repeated")) == MANY_REPEATS


async def test_repeats_are_bounded(bench: Bench) -> None:
    first = await bench.connect()
    await bench.rotated(first.refresh_token)

    async def nearly(tx: Transaction) -> None:
        await tx.db.run("UPDATE refresh_tokens SET repeats = $1 WHERE spent_at IS NOT NULL", MOST_REPEATS - 1)

    await bench.store.write(nearly)
    assert isinstance(await bench.refresh(first.refresh_token), Issued)
    before = await bench.rows(*TABLES)
    assert reason(await bench.refresh(first.refresh_token)) == "refresh:repeated_too_often"
    assert await bench.rows(*TABLES) == before


@pytest.mark.proves("D13")
async def test_every_dead_token_reads_the_same(bench: Bench) -> None:
    old, _, live = await chain(bench, 3)
    outcomes = [
        await bench.refresh(mint(Kind.REFRESH_TOKEN, lambda size: b"?" * size)),
        await bench.refresh("nonsense"),
        await bench.refresh((await bench.connect()).access_token),
        await bench.as_client("client_2").refresh(live),
        await bench.later(91 * DAY).refresh(live),
        await bench.later(HOUR).refresh(old),
        await bench.later(HOUR).refresh(live),
    ]
    assert len({reason(outcome) for outcome in outcomes}) == 4


async def test_a_request_without_a_token_says_so(bench: Bench) -> None:
    refusal = await bench.refresh(None)
    assert isinstance(refusal, Refusal)
    assert refusal.error == "invalid_request"


async def test_events_tell_how_late_an_old_token_came_and_whether_from_elsewhere(bench: Bench) -> None:
    old, _, _ = await chain(bench, 3)
    await bench.later(40).refresh(old)
    await replace(bench.later(41), network="203.0.113.9").refresh(old)

    async def work(tx: Transaction) -> list[dict[str, str | int]]:
        return [event.detail for event in await tx.list_events() if event.name == "grant:token:repeated"]

    assert await bench.store.read(work) == [
        {"seconds_since_use": 39, "from": "the same network"},
        {"seconds_since_use": 40, "from": "another network"},
    ]
