"""How often one grant may rotate: counted along its chain, so that nothing else has to be asked or written."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from consentry.grants.exchange import Issued
from consentry.limits.model import Rate
from consentry.limits.policy import Pace
from consentry.spec.errors import Refusal
from consentry.tokens import Secret
from tests.bench import Bench
from tests.builders import terms

pytestmark = pytest.mark.anyio

PACE = Pace(Rate(3, 60), (ip_network("127.0.0.0/8"),))


@pytest.fixture
def paced(bench: Bench) -> Bench:
    return replace(bench, terms=terms(pace=PACE))


async def rotate(bench: Bench, token: Secret | None, times: int) -> Secret:
    """The live end after so many rotations."""
    for _ in range(times):
        token = (await bench.rotated(token)).refresh_token
    assert token is not None
    return token


@pytest.mark.proves("D28")
async def test_a_grant_that_rotates_too_often_is_told_to_wait_and_loses_nothing(paced: Bench) -> None:
    token = await rotate(paced, (await paced.connect()).refresh_token, 3)
    before = await paced.rows("refresh_tokens", "access_tokens", "grants", "events")
    refusal = await paced.later(20).refresh(token)
    assert isinstance(refusal, Refusal)
    assert (refusal.error, refusal.reason, refusal.retry_after) == ("temporarily_unavailable", "refresh:paced", 40)
    assert await paced.rows("refresh_tokens", "access_tokens", "grants", "events") == before
    assert isinstance(await paced.later(60).refresh(token), Issued)


async def test_the_counting_begins_anew_when_its_window_has_ended(paced: Bench) -> None:
    token = await rotate(paced, (await paced.connect()).refresh_token, 3)
    token = await rotate(paced.later(60), token, 3)
    assert isinstance(await paced.later(60).refresh(token), Refusal)


@pytest.mark.proves("D28")
async def test_repeats_of_a_spent_token_are_not_counted(paced: Bench) -> None:
    first = (await paced.connect()).refresh_token
    outcomes = [await paced.refresh(first) for _ in range(20)]
    assert all(isinstance(outcome, Issued) for outcome in outcomes)
    end = {outcome.refresh_token for outcome in outcomes if isinstance(outcome, Issued)}
    assert len(end) == 1
    await rotate(paced, end.pop(), 2)


@pytest.mark.proves("D28")
async def test_one_grant_of_a_client_does_not_hold_up_another(paced: Bench) -> None:
    await rotate(paced, (await paced.connect()).refresh_token, 3)
    await rotate(paced, (await paced.connect()).refresh_token, 3)


async def test_a_refused_request_is_not_counted(paced: Bench) -> None:
    token = (await paced.connect()).refresh_token
    for _ in range(5):
        assert isinstance(await paced.refresh(token, resource="https://h.example/mcp/other"), Refusal)
    await rotate(paced, token, 3)


async def test_a_network_that_is_not_limited_rotates_as_often_as_it_likes(paced: Bench) -> None:
    there = replace(paced, network="127.0.0.1")
    await rotate(there, (await there.connect()).refresh_token, 10)


async def test_without_a_pace_nothing_is_counted(bench: Bench) -> None:
    await rotate(bench, (await bench.connect()).refresh_token, 30)
