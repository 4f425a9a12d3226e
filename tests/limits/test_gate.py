from dataclasses import replace

import pytest

from consentry.audit import Event
from consentry.limits.gate import MOST_REMEMBERED, Gate
from consentry.limits.model import Rate
from consentry.limits.policy import Limits
from consentry.spec.errors import Refusal
from tests.builders import NETWORK, NOW
from tests.limits.conftest import Place

pytestmark = pytest.mark.anyio

ELSEWHERE = "192.0.2.99"
LIMITS = Limits(
    Rate(3, 3600), Rate(3, 3600), Rate(3, 60), Rate(9, 60), Rate(3, 60), Rate(3, 60), Rate(2, 3600), Rate(5, 3600)
)
DEAD = Refusal("invalid_grant", "It is dead.", "refresh:unknown")


class Told(list[Event]):
    async def tell(self, event: Event) -> None:
        self.append(event)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def gate(place: Place, told: Told) -> Gate:
    return Gate(LIMITS, place.counters, told.tell)


async def test_the_first_beyond_the_limit_is_told_when_to_come_back_and_is_one_event(gate: Gate, told: Told) -> None:
    assert [await gate.register(NETWORK, NOW) for _ in range(3)] == [None] * 3
    assert told == []
    refusals = [await gate.register(NETWORK, NOW + 600) for _ in range(5)]
    assert {refusal.retry_after for refusal in refusals if refusal} == {3000}
    assert all(refusals)
    assert told == [
        Event("limits:rate:exceeded", NOW + 600, NETWORK, reason="register", detail={"most": 3, "seconds": 3600})
    ]
    assert await gate.register(ELSEWHERE, NOW) is None
    assert await gate.register(NETWORK, NOW + 3600) is None


async def test_mail_is_stopped_by_its_address_and_by_its_network(gate: Gate, told: Told) -> None:
    assert [await gate.write(NETWORK, "a", NOW) for _ in range(2)] == [None] * 2
    refusal = await gate.write(ELSEWHERE, "a", NOW)
    assert refusal is not None
    assert "to this address" in refusal.description
    assert [await gate.write(NETWORK, name, NOW) for name in "bcd"] == [None] * 3
    refusal = await gate.write(NETWORK, "e", NOW)
    assert refusal is not None
    assert "from this network" in refusal.description
    assert [event.reason for event in told] == ["letter"] * 2


async def test_a_full_window_is_remembered_and_counted_no_further(gate: Gate, place: Place) -> None:
    for _ in range(10):
        await gate.register(NETWORK, NOW)
    assert await place.counters.times(LIMITS.registering(NETWORK).key, NOW) == 4


async def test_another_process_that_remembers_nothing_refuses_too_and_tells_nothing_anew(
    gate: Gate, place: Place, told: Told
) -> None:
    for _ in range(4):
        await gate.register(NETWORK, NOW)
    refusal = await Gate(LIMITS, place.counters, told.tell).register(NETWORK, NOW + 1)
    assert refusal is not None
    assert refusal.retry_after == 3599
    assert len(told) == 1


async def test_one_request_may_be_loaded_again_without_counting_again(gate: Gate) -> None:
    loads = [await gate.authorize(NETWORK, None, "a", NOW) for _ in range(3)]
    others = [await gate.authorize(NETWORK, None, query, NOW) for query in "bc"]
    assert loads + others == [None] * 5
    assert await gate.authorize(NETWORK, None, "a", NOW) is not None
    assert await gate.authorize(NETWORK, None, "b", NOW) is None


async def test_a_request_that_was_refused_is_refused_again(gate: Gate) -> None:
    for query in "abc":
        await gate.authorize(NETWORK, None, query, NOW)
    assert [await gate.authorize(NETWORK, None, "d", NOW) is None for _ in range(3)] == [False] * 3


async def test_who_is_signed_in_does_not_pay_for_the_network(gate: Gate) -> None:
    for query in "abcd":
        await gate.authorize(NETWORK, None, query, NOW)
    assert await gate.authorize(NETWORK, "account_1", "d", NOW) is None
    for query in "efg":
        await gate.authorize(NETWORK, "account_1", query, NOW)
    assert await gate.authorize(NETWORK, "account_1", "h", NOW) is not None
    assert await gate.authorize(NETWORK, "account_2", "h", NOW) is None


@pytest.mark.proves("D28")
async def test_what_fails_too_often_is_told_to_wait_by_client_and_address(gate: Gate, told: Told) -> None:
    outcomes = [await gate.failed(DEAD, NETWORK, "client_1", NOW, holds=False) for _ in range(4)]
    assert outcomes[:3] == [DEAD] * 3
    assert (outcomes[3].error, outcomes[3].retry_after) == ("temporarily_unavailable", 60)
    assert await gate.failed(DEAD, NETWORK, "client_2", NOW, holds=False) == DEAD
    assert await gate.failed(DEAD, ELSEWHERE, "client_1", NOW, holds=False) == DEAD
    assert [event.reason for event in told] == ["token"]


async def test_what_was_the_clients_own_counts_for_its_network_alone(gate: Gate) -> None:
    outcomes = [await gate.failed(DEAD, NETWORK, "client_1", NOW, holds=True) for _ in range(10)]
    assert [outcome.retry_after for outcome in outcomes] == [None] * 9 + [60]
    assert (await gate.failed(DEAD, NETWORK, "client_2", NOW, holds=False)).retry_after == 60


async def test_a_device_that_asks_again_and_again_does_as_it_was_told(gate: Gate) -> None:
    waiting = replace(DEAD, error="access_denied")
    outcomes = [await gate.failed(waiting, NETWORK, "client_1", NOW, holds=False) for _ in range(20)]
    assert outcomes == [waiting] * 20


async def test_a_grant_that_was_told_to_wait_is_one_event_in_its_window(gate: Gate, told: Told) -> None:
    paced = replace(DEAD, retry_after=40)
    for _ in range(5):
        assert await gate.failed(paced, NETWORK, "client_1", NOW, holds=False) == paced
    assert [(event.reason, event.client_id) for event in told] == [("token", "client_1")]
    await gate.failed(paced, NETWORK, "client_1", NOW + 40, holds=False)
    assert len(told) == 2


async def test_without_limits_nothing_is_counted(place: Place, told: Told) -> None:
    gate = Gate(None, place.counters, told.tell)
    assert [await gate.register(NETWORK, NOW) for _ in range(10)] == [None] * 10
    assert [await gate.authorize(NETWORK, None, "a", NOW) for _ in range(10)] == [None] * 10
    assert await gate.failed(DEAD, NETWORK, "client_1", NOW, holds=False) == DEAD
    assert await place.store.read(lambda tx: tx.db.all("SELECT key FROM attempts")) == []


async def test_the_memory_of_full_windows_is_bounded(place: Place, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consentry.limits.gate.MOST_REMEMBERED", 4)
    gate = Gate(replace(LIMITS, register=Rate(1, 3600)), place.counters, told.tell)
    for last in range(10):
        assert [await gate.register(f"192.0.2.{last}", NOW) is None for _ in range(3)] == [True, False, False]
    assert MOST_REMEMBERED > 4
    assert len(gate._full) <= 4
