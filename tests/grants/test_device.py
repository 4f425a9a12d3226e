"""The device flow's rules, called as plain functions: RFC 8628."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from consentry.accounts.attempts import Throttled
from consentry.clients.model import DEVICE_CODE
from consentry.grants import device
from consentry.grants.authentication import Authentication
from consentry.grants.device import Asked
from consentry.grants.exchange import Issued
from consentry.grants.model import DeviceAuthorization, Permissions
from consentry.grants.terms import Terms
from consentry.sealing import Sealer
from consentry.spec.errors import Refusal
from consentry.store.sql import Transaction
from tests.bench import Bench
from tests.builders import NETWORK, NOW, OPERATOR_KEY, RESOURCE, client, counted, deployment, params, terms

pytestmark = pytest.mark.anyio

PERMISSIONS = Permissions("deployment_1", RESOURCE, frozenset({"mcp"}))
ABLE = client(grant_types=("authorization_code", "refresh_token", DEVICE_CODE))
HELD = Authentication("account_1", NOW)


async def asked(bench: Bench, with_: Terms | None = None) -> Asked:
    return await bench.store.write(
        lambda tx: device.ask(tx, ABLE, PERMISSIONS, NETWORK, with_ or bench.terms, bench.now)
    )


async def polled(bench: Bench, device_code: str) -> Issued | Refusal:
    request = replace(bench.request(device_code=device_code), client=ABLE)
    return await bench.store.write(lambda tx: device.exchange(tx, request))


@pytest.mark.proves("D20")
def test_what_a_device_may_be_given_is_what_its_client_may(bench: Bench) -> None:
    wanted = params(resource=RESOURCE, scope="mcp admin")
    assert device.check(wanted, ABLE, deployment(), RESOURCE) == PERMISSIONS
    for who, where, error in (
        (client(grant_types=("authorization_code",)), deployment(), "unauthorized_client"),
        (ABLE, None, "invalid_target"),
        (replace(ABLE, deployment_id="deployment_2"), deployment(), "invalid_target"),
    ):
        refused = device.check(wanted, who, where, RESOURCE)
        assert isinstance(refused, Refusal)
        assert refused.error == error


@pytest.mark.proves("D20")
async def test_a_user_code_that_another_device_shows_is_not_given_twice(bench: Bench) -> None:
    def stubborn(fresh: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Device codes differ; the first two user codes are the same."""
        drawn: list[int] = []

        def draw(size: int) -> bytes:
            if size != 16:
                return fresh(size)
            drawn.append(size)
            return bytes(15) + bytes([max(len(drawn) - 2, 0)])

        return draw

    one_by_one = replace(bench.terms, entropy=stubborn(counted()))
    first, second = await asked(bench, one_by_one), await asked(bench, one_by_one)
    assert (first.user_code, second.user_code) == ("BBBBBBBB", "CBBBBBBB")


@pytest.mark.proves("D20")
async def test_a_user_code_is_found_under_the_operators_older_key_too(bench: Bench) -> None:
    asking = await asked(bench)
    other = b"another operator's key, 32 or so"
    for keys, found in (((other, OPERATOR_KEY), True), ((other,), False)):
        under = replace(terms(), sealer=Sealer(keys, counted()))
        find = partial(device.find, shown=asking.user_code, terms=under, now=NOW)
        waiting = await bench.store.read(find)
        assert (waiting is not None) == found


@pytest.mark.proves("D20")
async def test_guesses_made_side_by_side_are_all_counted(bench: Bench) -> None:
    async def guess(tx: Transaction) -> list[DeviceAuthorization | Throttled | None]:
        return [
            await device.guess(tx, "ZZZZZZZZ", "account_1", NETWORK, bench.terms, NOW)
            for _ in range(device.MOST_PER_ACCOUNT + 3)
        ]

    outcomes = await bench.store.write(guess)
    assert outcomes == [None] * device.MOST_PER_ACCOUNT + [Throttled(900)] * 3
    assert len(await bench.events("grant:user_code:throttled")) == 1


@pytest.mark.proves("D20", "D6")
async def test_what_a_device_was_given_is_a_grant_with_a_story(bench: Bench) -> None:
    asking = await asked(bench)

    async def approve(tx: Transaction) -> bool:
        waiting = await device.find(tx, asking.user_code, bench.terms, NOW)
        return waiting is not None and await device.decide(tx, waiting, "approved", HELD, NETWORK, NOW)

    assert await bench.store.write(approve)
    assert not await bench.store.write(approve)
    issued = await polled(bench, asking.device_code.reveal())
    assert isinstance(issued, Issued)
    assert await bench.works(issued.access_token)
    assert await bench.events("grant:code:exchanged") == ["by device"]
    again = await polled(bench, asking.device_code.reveal())
    assert isinstance(again, Refusal)
    assert (again.error, "device code" in again.description) == ("invalid_grant", True)
    assert not await bench.works(issued.access_token)
