"""The queue of passwords: one network has its share of it, and others come in beside it."""

import threading
from contextlib import ExitStack
from pathlib import Path

import anyio
import httpx2
import pytest
from argon2 import PasswordHasher

from consentry.web.hashing import MOST_OF_ONE_NETWORK, MOST_WAITING, Hashing
from tests.web.world import EMAIL, ISSUER, OTHER_EMAIL, PASSWORD, form_fields, world

pytestmark = pytest.mark.anyio

AT_ONCE = 2
BOUND_SECONDS = 60


def taken(queue: Hashing, held: ExitStack, network: str | None) -> bool:
    return held.enter_context(queue.place(network))


def test_one_network_has_its_share_and_gets_it_back() -> None:
    queue = Hashing(AT_ONCE)
    with ExitStack() as held:
        assert all(taken(queue, held, f"2001:db8::{n}") for n in range(MOST_OF_ONE_NETWORK))  # one neighbourhood
        assert not taken(queue, held, "2001:db8::ffff")
        assert taken(queue, held, "2001:db8:1::1")
        assert taken(queue, held, None)
    with ExitStack() as held:
        assert all(taken(queue, held, "2001:db8::1") for _ in range(MOST_OF_ONE_NETWORK))


def test_many_networks_together_wait_no_longer_than_the_queue_is() -> None:
    queue = Hashing(AT_ONCE)
    with ExitStack() as held:
        assert all(taken(queue, held, f"192.0.2.{n}") for n in range(AT_ONCE + MOST_WAITING))
        assert not taken(queue, held, "198.51.100.1")
    assert queue.place("198.51.100.1").__enter__()


async def test_who_floods_with_a_right_password_is_told_to_come_again_and_another_network_gets_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, verify = threading.Event(), PasswordHasher.verify

    def held(hasher: PasswordHasher, password_hash: str | bytes, password: str | bytes) -> bool:
        """Takes as long as it takes until everybody has come."""
        looked.wait(BOUND_SECONDS)
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", held)
    async with world(tmp_path) as here:
        form = form_fields((await here.browser.get("/login")).text, "/login") | {"email": EMAIL, "password": PASSWORD}
        answers: list[httpx2.Response] = []
        others: list[httpx2.Response] = []

        async def sign_in() -> None:
            answers.append(await here.browser.post("/login", data=form))

        transport = httpx2.ASGITransport(here.app, client=("198.51.100.9", 4711))
        async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as other:
            there = form_fields((await other.get("/login")).text, "/login")

            async def come() -> None:
                others.append(await other.post("/login", data=there | {"email": OTHER_EMAIL, "password": PASSWORD}))

            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(sign_in)
                await anyio.wait_all_tasks_blocked()
                refused = list(answers)
                group.start_soon(come)
                await anyio.wait_all_tasks_blocked()
                assert others == []
                looked.set()
    assert [answer.status_code for answer in others] == [303]
    assert [answer.status_code for answer in refused] == [429] * (20 - MOST_OF_ONE_NETWORK)
    assert [answer.status_code for answer in answers[len(refused) :]] == [303] * MOST_OF_ONE_NETWORK
    assert {answer.headers["retry-after"] for answer in refused} == {"5"}
    assert "Too many attempts to sign in" in refused[0].text
